"""The matrix for confluent-kafka (librdkafka)."""
import os

from confluent_kafka import (AcknowledgeType, Consumer, ConsumerGroupState, ElectionType, IsolationLevel, KafkaError, KafkaException,
                             OFFSET_BEGINNING, Producer, ShareConsumer, TopicPartition, ConsumerGroupTopicPartitions, TopicCollection)
from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient,
                                   AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, OffsetSpec,
                                   ResourcePatternType, ResourceType, ScramCredentialInfo, ScramMechanism,
                                   UserScramCredentialDeletion, UserScramCredentialUpsertion)
from harness import BOOTSTRAP, case, check, fails, note, now_ms, offered, run, same, unique, values, wait_for

admin = AdminClient({"bootstrap.servers": BOOTSTRAP})


def one(futures):
    """The result of an admin call on a single thing."""
    return next(iter(futures.values())).result()


def topic(partitions=1, **config):
    name = unique("confluent")
    one(admin.create_topics([NewTopic(name, partitions, 1, config={k.replace("_", "."): v for k, v in config.items()})]))
    wait_for("the new topic", lambda: name in admin.list_topics().topics)  # a broker may answer before it shows it
    return name


def producer(**config):
    return Producer({"bootstrap.servers": BOOTSTRAP, "linger.ms": 5, **config})


def consumer(**config):
    return Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": unique("g"), "auto.offset.reset": "earliest",
                     "enable.auto.commit": False, "topic.metadata.refresh.interval.ms": 1000, **config})


def send(name, start, end, **config):
    p, errors = producer(**config), []
    for v in values(start, end):
        p.produce(name, v, b"k" + v, 0, on_delivery=lambda e, m: errors.append(e) if e else None)
    same(0, p.flush(20), "unsent records")
    same([], errors, "delivery errors")


def take(c, count):
    got = []

    def enough():
        for m in c.consume(count - len(got), 0.2):
            check(not m.error(), m.error())
            got.append(m)
        return len(got) >= count
    wait_for(f"{count} records", enough)
    return got


def read(name, count, **config):
    c = consumer(**config)
    c.assign([TopicPartition(name, 0, OFFSET_BEGINNING)])
    got = [m.value() for m in take(c, count)]
    check(c.poll(0.3) is None, "more records than expected")
    c.close()
    return got


@case("codec-none", 200, {"compression.type": "none"})
@case("codec-gzip", 200, {"compression.type": "gzip"})
@case("codec-snappy", 200, {"compression.type": "snappy"})
@case("codec-lz4", 200, {"compression.type": "lz4"})
@case("codec-zstd", 200, {"compression.type": "zstd"})
@case("acks-0", 20, {"acks": "0"})
@case("acks-1", 20, {"acks": "1"})
@case("acks-all", 20, {"acks": "all"})
@case("idempotent", 500, {"enable.idempotence": True, "batch.num.messages": 20})
@case("order-10k", 10000, {"enable.idempotence": True})
def produce_and_read(count, config):
    name = topic()
    send(name, 0, count, **config)
    same(values(0, count), read(name, count), "values")


@case("cluster")
def cluster():
    d = admin.describe_cluster().result()
    check(d.nodes and d.cluster_id and d.controller, "nodes, cluster id and controller")


@case("topics")
def topics():
    name = topic(3, retention_ms="86400000")
    check(name in admin.list_topics().topics, "topic is not listed")
    same(3, len(one(admin.describe_topics(TopicCollection([name]))).partitions), "partitions")
    fails(KafkaException, lambda: one(admin.create_topics([NewTopic(name, 1, 1)])))
    one(admin.delete_topics([name]))
    wait_for("deletion", lambda: name not in admin.list_topics().topics)


@case("partitions")
def partitions():
    name = topic()
    one(admin.create_partitions([NewPartitions(name, 4)]))
    wait_for("four partitions", lambda: len(admin.list_topics(name).topics[name].partitions) == 4)
    fails(KafkaException, lambda: one(admin.create_partitions([NewPartitions(name, 2)])))


@case("roundtrip")
def roundtrip():
    name, start, p = topic(), now_ms() - 5000, producer()
    p.produce(name, "väl", "key", timestamp=start, headers=[("h1", b"x"), ("h1", b""), ("h2", None)])
    p.produce(name, "no key", timestamp=start + 1)
    p.produce(name, None, "tombstone", timestamp=start + 2)
    p.produce(name, "", "", timestamp=start + 3)
    p.flush()
    c = consumer()
    c.assign([TopicPartition(name, 0, OFFSET_BEGINNING)])
    got = take(c, 4)
    same("key väl", f"{got[0].key().decode()} {got[0].value().decode()}", "first record")
    same([("h1", b"x"), ("h1", b""), ("h2", None)], got[0].headers(), "headers")
    check(got[1].key() is None and got[2].value() is None, "null key and value")
    check(got[3].key() == b"" and got[3].value() == b"", "empty key and value")
    same([(start + i, i) for i in range(4)], [(m.timestamp()[1], m.offset()) for m in got], "timestamps and offsets")
    c.close()


def transactional(**config):
    p = producer(**{"transactional.id": unique("tx"), **config})
    p.init_transactions(20)
    return p


COMMITTED = {"isolation.level": "read_committed"}


def end_offset(name, isolation):
    return one(admin.list_offsets({TopicPartition(name, 0): OffsetSpec.latest()}, isolation_level=isolation)).offset


@case("txn-commit")
def txn_commit():
    name, p = topic(), transactional()
    p.begin_transaction()
    for v in values(0, 3):
        p.produce(name, v)
    p.flush()
    same(values(0, 3), read(name, 3, **{"isolation.level": "read_uncommitted"}), "uncommitted values")
    same(0, end_offset(name, IsolationLevel.READ_COMMITTED), "last stable offset of an open transaction")
    p.commit_transaction()
    same(values(0, 3), read(name, 3, **COMMITTED), "committed values")


@case("txn-abort")
def txn_abort():
    name, p = topic(), transactional()
    p.begin_transaction()
    for _ in range(3):
        p.produce(name, "aborted")
    p.flush()
    p.abort_transaction()
    p.begin_transaction()
    for v in values(0, 2):
        p.produce(name, v)
    p.commit_transaction()
    same(values(0, 2), read(name, 2, **COMMITTED), "committed values")
    same(5, len(read(name, 5, **{"isolation.level": "read_uncommitted"})), "uncommitted values")


@case("txn-offsets")
def txn_offsets():
    source, target, group = topic(), topic(), unique("g")
    send(source, 0, 4)
    c, p, part = consumer(**{"group.id": group}), transactional(), TopicPartition(source, 0)
    c.subscribe([source])
    take(c, 4)
    p.begin_transaction()
    p.send_offsets_to_transaction([TopicPartition(source, 0, 2)], c.consumer_group_metadata())
    p.abort_transaction()
    check(c.committed([part])[0].offset < 0, "an aborted offset commit became visible")
    p.begin_transaction()
    p.produce(target, "v0")
    p.send_offsets_to_transaction([TopicPartition(source, 0, 4)], c.consumer_group_metadata())
    p.commit_transaction()
    same(4, c.committed([part])[0].offset, "committed offset")
    same(values(0, 1), read(target, 1, **COMMITTED), "output")
    c.close()


@case("txn-fence")
def txn_fence():
    name, ident = topic(), unique("tx")
    first = transactional(**{"transactional.id": ident})
    first.begin_transaction()
    first.produce(name, "lost")
    first.flush()
    second = transactional(**{"transactional.id": ident})

    def zombie():
        first.produce(name, "lost")
        first.commit_transaction()
    fails(KafkaException, zombie)
    second.begin_transaction()
    second.produce(name, "v0")
    second.commit_transaction()
    same(values(0, 1), read(name, 1, **COMMITTED), "committed values")


@case("group-rebalance", {"partition.assignment.strategy": "range"})
@case("group-cooperative", {"partition.assignment.strategy": "cooperative-sticky"})
@case("group-848", {"group.protocol": "consumer"})
def rebalance(config):
    name, group = topic(4), unique("g")
    if "group.protocol" not in config:
        config = {**config, "heartbeat.interval.ms": 300, "session.timeout.ms": 10000}
    a, b = (consumer(**{"group.id": group, **config}) for _ in range(2))

    def hold(first, second):
        a.poll(0.05)
        if second is not None:
            b.poll(0.05)
        return len(a.assignment()) == first and (second is None or len(b.assignment()) == second)
    a.subscribe([name])
    wait_for("4 partitions at one member", lambda: hold(4, None))
    b.subscribe([name])
    wait_for("2+2 partitions", lambda: hold(2, 2))
    b.close()
    wait_for("4 partitions after the leave", lambda: hold(4, None))
    a.close()


@case("group-offsets")
def group_offsets():
    name, group = topic(), unique("g")
    send(name, 0, 10)
    for r in range(2):
        c = consumer(**{"group.id": group})
        c.subscribe([name])
        same(values(r * 5, r * 5 + 5), [m.value() for m in take(c, 5)], "values")
        c.commit(offsets=[TopicPartition(name, 0, r * 5 + 5, f"note{r}")], asynchronous=False)
        same((r * 5 + 5, f"note{r}"), (lambda t: (t.offset, t.metadata))(c.committed([TopicPartition(name, 0)])[0]), "commit")
        c.close()


@case("group-static")
def group_static():
    name, group, rebalances, before = topic(4), unique("g"), [], None
    a = consumer(**{"group.id": group, "group.instance.id": "a", "session.timeout.ms": 15000})
    a.subscribe([name], on_assign=lambda c, ps: rebalances.append(ps))
    for r in range(2):
        b = consumer(**{"group.id": group, "group.instance.id": "b", "session.timeout.ms": 15000})
        b.subscribe([name])

        def shared():
            a.poll(0.05)
            b.poll(0.05)
            return len(a.assignment()) == 2 and len(b.assignment()) == 2
        wait_for("2+2 partitions", shared)
        if r == 0:
            before = b.assignment()
            rebalances.clear()
        same(before, b.assignment(), "partitions of the returning static member")
        b.close()
    same([], rebalances, "rebalances caused by a static member's restart")
    same({"a", "b"}, {m.group_instance_id for m in one(admin.describe_consumer_groups([group])).members}, "instance ids")
    a.close()


@case("share-group")
def share_group():
    name, group = topic(), unique("share")
    entry = ConfigEntry("share.auto.offset.reset", "earliest", incremental_operation=AlterConfigOpType.SET)
    one(admin.incremental_alter_configs([ConfigResource(ConfigResource.Type.GROUP, group, incremental_configs=[entry])]))
    send(name, 0, 10)
    c = ShareConsumer({"bootstrap.servers": BOOTSTRAP, "group.id": group, "share.acknowledgement.mode": "explicit"})
    c.subscribe([name])
    accepted, seen = set(), []

    def consumed():
        for m in c.poll(0.5):
            check(not m.error(), m.error())
            seen.append(m.value())
            first = m.value() == b"v3" and seen.count(b"v3") == 1
            c.acknowledge(m, AcknowledgeType.RELEASE if first else AcknowledgeType.ACCEPT)
            if not first:
                accepted.add(m.value())
        c.commit_sync(10)
        return len(accepted) == 10
    wait_for("ten accepted records", consumed)
    same(2, seen.count(b"v3"), "deliveries of the released record")
    c.close()


@case("list-offsets")
def list_offsets():
    name, start, p = topic(), now_ms() - 10000, producer()
    for at in (0, 2000, 1000):
        p.produce(name, "v", timestamp=start + at)
        p.flush()
    part = TopicPartition(name, 0)
    for expected, spec in ((0, OffsetSpec.earliest()), (3, OffsetSpec.latest()), (1, OffsetSpec.max_timestamp()),
                           (1, OffsetSpec.for_timestamp(start + 500))):
        same(expected, one(admin.list_offsets({part: spec})).offset, repr(spec))
    c = consumer()
    same((0, 3), c.get_watermark_offsets(part), "watermarks")
    same(1, c.offsets_for_times([TopicPartition(name, 0, start + 500)])[0].offset, "offsets_for_times")
    c.close()


@case("seek")
def seek():
    name = topic()
    send(name, 0, 10)
    c = consumer()
    c.assign([TopicPartition(name, 0, OFFSET_BEGINNING)])
    take(c, 10)
    for offset, first in ((7, 7), (0, 0), (1000, 0)):  # 1000 is out of range and resets to the start
        c.seek(TopicPartition(name, 0, offset))
        same(values(first, 10), [m.value() for m in take(c, 10 - first)], f"after seek to {offset}")
    c.close()


@case("delete-records")
def delete_records():
    name = topic()
    send(name, 0, 10)
    same(6, one(admin.delete_records([TopicPartition(name, 0, 6)])).low_watermark, "low watermark")
    same(values(6, 10), read(name, 4), "values")


@case("configs")
def configs():
    name = topic()

    def value(key):
        return one(admin.describe_configs([ConfigResource(ResourceType.TOPIC, name)]))[key].value

    def alter(key, new, op):
        entry = ConfigEntry(key, new, incremental_operation=op)
        one(admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, name, incremental_configs=[entry])]))
    original = value("retention.ms")
    alter("retention.ms", "123456789", AlterConfigOpType.SET)
    alter("cleanup.policy", "compact", AlterConfigOpType.APPEND)
    wait_for("the new values", lambda: value("retention.ms") == "123456789" and value("cleanup.policy") == "delete,compact")
    alter("retention.ms", None, AlterConfigOpType.DELETE)
    wait_for("the default value", lambda: value("retention.ms") == original)
    node = admin.describe_cluster().result().nodes[0].id
    check(len(one(admin.describe_configs([ConfigResource(ResourceType.BROKER, str(node))]))) > 10, "broker configs")


def used_group(name):
    group = unique("g")
    send(name, 0, 10)
    c = consumer(**{"group.id": group})
    c.subscribe([name])
    take(c, 10)
    c.commit(asynchronous=False)
    c.close()
    return group


@case("groups-admin")
def groups_admin():
    group = used_group(topic())
    check(group in [g.group_id for g in admin.list_consumer_groups().result().valid], "group is not listed")
    same(ConsumerGroupState.EMPTY, one(admin.describe_consumer_groups([group])).state, "state")
    one(admin.delete_consumer_groups([group]))
    check(group not in [g.group_id for g in admin.list_consumer_groups().result().valid], "group is still listed")


@case("offsets-admin")
def offsets_admin():  # this client has no call that deletes offsets
    name = topic()
    group = used_group(name)
    one(admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, [TopicPartition(name, 0, 5)])]))
    same(5, one(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])).topic_partitions[0].offset, "offset")


@case("acls")
def acls():
    args = (ResourceType.TOPIC, unique("acl"), ResourcePatternType.PREFIXED, "User:interop", "*", AclOperation.READ, AclPermissionType.ALLOW)
    acl, match = AclBinding(*args), AclBindingFilter(*args)
    one(admin.create_acls([acl]))
    wait_for("the new ACL", lambda: admin.describe_acls(match).result() == [acl])
    same([acl], one(admin.delete_acls([match])), "deleted ACLs")
    wait_for("the ACL's removal", lambda: admin.describe_acls(match).result() == [])


@case("scram")
def scram():
    user = unique("user")
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096)
    one(admin.alter_user_scram_credentials([UserScramCredentialUpsertion(user, info, b"secret")]))

    def known():
        try:
            return one(admin.describe_user_scram_credentials([user])).scram_credential_infos[0].iterations == 4096
        except KafkaException as e:
            same(KafkaError.RESOURCE_NOT_FOUND, e.args[0].code(), "error")
    wait_for("the credential", known)
    one(admin.alter_user_scram_credentials([UserScramCredentialDeletion(user, ScramMechanism.SCRAM_SHA_256)]))
    wait_for("the removal", lambda: not known())


@case("elect-leaders")
def elect_leaders():
    part = TopicPartition(topic(), 0)
    error = admin.elect_leaders(ElectionType.PREFERRED, [part]).result()[part]
    check(error is None or error.code() == KafkaError.ELECTION_NOT_NEEDED, error)


@case("regex")
def regex():
    prefix = unique("regex")
    for f in admin.create_topics([NewTopic(prefix + s, 1, 1) for s in ("-a", "-b")]).values():
        f.result()
    send(prefix + "-a", 0, 1)
    send(prefix + "-b", 1, 2)
    if not offered("group-848"):
        note("(classic protocol; the consumer protocol's half waits for group-848)")
    for protocol in ("classic", "consumer") if offered("group-848") else ("classic",):
        c = consumer(**{"group.protocol": protocol})
        c.subscribe([f"^{prefix}-.*"])
        same(values(0, 2), sorted(m.value() for m in take(c, 2)), protocol)
        c.close()


@case("large-5m")
def large():
    name, small, payload, errors = topic(max_message_bytes="8388608"), topic(), os.urandom(5 << 20), []
    p = producer(**{"message.max.bytes": 8 << 20})
    for t in (name, small):
        p.produce(t, payload, on_delivery=lambda e, m: errors.append(e and e.code()))
        p.flush()
    same([None, KafkaError.MSG_SIZE_TOO_LARGE], errors, "delivery results")
    same([payload], read(name, 1), "payload")


run()
