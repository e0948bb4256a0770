import java.time.Duration;
import java.util.*;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.quota.*;
import org.apache.kafka.common.resource.*;
import org.apache.kafka.common.serialization.*;

/** The matrix for Apache Kafka's own Java client. */
public class Interop extends Harness {
    static String bootstrap;
    static Admin admin;

    public static void main(String[] args) {
        bootstrap = args[0];
        admin = Admin.create(config());
        Map<String, Case> cases = new LinkedHashMap<>();
        cases.put("cluster", Interop::cluster);
        cases.put("topics", Interop::topics);
        cases.put("partitions", Interop::partitions);
        cases.put("roundtrip", Interop::roundtrip);
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd"))
            cases.put("codec-" + codec, () -> produceAndRead(200, "compression.type", codec, "linger.ms", 50));
        for (String acks : List.of("0", "1", "all"))
            cases.put("acks-" + acks, () -> produceAndRead(20, "acks", acks, "enable.idempotence", false));
        cases.put("idempotent", () -> produceAndRead(500, "enable.idempotence", true, "batch.size", 200));
        cases.put("txn-commit", Interop::txnCommit);
        cases.put("txn-abort", Interop::txnAbort);
        cases.put("txn-offsets", Interop::txnOffsets);
        cases.put("txn-fence", Interop::txnFence);
        cases.put("group-rebalance", () -> rebalance(RangeAssignor.class.getName(), "classic"));
        cases.put("group-cooperative", () -> rebalance(CooperativeStickyAssignor.class.getName(), "classic"));
        cases.put("group-848", () -> rebalance(null, "consumer"));
        cases.put("group-offsets", Interop::groupOffsets);
        cases.put("group-static", Interop::groupStatic);
        cases.put("share-group", Interop::shareGroup);
        cases.put("list-offsets", Interop::listOffsets);
        cases.put("seek", Interop::seek);
        cases.put("delete-records", Interop::deleteRecords);
        cases.put("configs", Interop::configs);
        cases.put("groups-admin", Interop::groupsAdmin);
        cases.put("offsets-admin", Interop::offsetsAdmin);
        cases.put("acls", Interop::acls);
        cases.put("scram", Interop::scram);
        cases.put("quotas", Interop::quotas);
        cases.put("log-dirs", Interop::logDirs);
        cases.put("elect-leaders", Interop::electLeaders);
        cases.put("reassign", Interop::reassign);
        cases.put("regex", Interop::regex);
        cases.put("large-5m", Interop::large);
        cases.put("order-10k", () -> produceAndRead(10_000));
        run(cases, List.of(args).subList(1, args.length));
    }

    // ---- helpers ----

    static Properties config(Object... pairs) {
        Properties p = new Properties();
        p.put("bootstrap.servers", bootstrap);
        for (int i = 0; i < pairs.length; i += 2) p.put(pairs[i], pairs[i + 1]);
        return p;
    }

    static String topic(int partitions, String... pairs) throws Exception {
        String name = unique("java");
        Map<String, String> configs = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) configs.put(pairs[i], pairs[i + 1]);
        admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(configs))).all().get();
        // A broker may answer before it shows the new topic itself.
        await(() -> { try { return admin.listTopics().names().get().contains(name); } catch (Exception e) { return false; } }, "the new topic");
        return name;
    }

    static KafkaProducer<String, String> producer(Object... pairs) {
        return new KafkaProducer<>(config(pairs), new StringSerializer(), new StringSerializer());
    }

    static KafkaConsumer<String, String> consumer(Object... pairs) {
        Properties p = config("auto.offset.reset", "earliest", "enable.auto.commit", "false");
        p.putAll(config(pairs));
        return new KafkaConsumer<>(p, new StringDeserializer(), new StringDeserializer());
    }

    static void send(String topic, int from, int to, Object... pairs) throws Exception {
        try (var p = producer(pairs)) {
            for (int i = from; i < to; i++) p.send(new ProducerRecord<>(topic, 0, "k" + i, "v" + i));
        }
    }

    static List<ConsumerRecord<String, String>> take(Consumer<String, String> c, int count) {
        List<ConsumerRecord<String, String>> got = new ArrayList<>();
        await(() -> { c.poll(Duration.ofMillis(100)).forEach(got::add); return got.size() >= count; }, count + " records");
        same(count, got.size(), "number of records");
        return got;
    }

    static void await(BooleanSupplier done, String what) {
        long end = System.currentTimeMillis() + 25_000;
        while (!done.getAsBoolean()) check(System.currentTimeMillis() < end, "timed out waiting for " + what);
    }

    static List<String> read(String topic, int count, Object... pairs) {
        try (var c = consumer(pairs)) {
            c.assign(List.of(new TopicPartition(topic, 0)));
            return take(c, count).stream().map(ConsumerRecord::value).toList();
        }
    }

    static List<String> values(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "v" + i).toList();
    }

    static void produceAndRead(int count, Object... pairs) throws Exception {
        String t = topic(1);
        send(t, 0, count, pairs);
        same(values(0, count), read(t, count), "values");
    }

    static <T extends Throwable> void fails(Class<T> type, Case body) throws Exception {
        try {
            body.run();
        } catch (Exception e) {
            for (Throwable t = e; t != null; t = t.getCause()) if (type.isInstance(t)) return;
            throw e;
        }
        throw new AssertionError("expected " + type.getSimpleName());
    }

    static TopicPartition tp(String topic, int partition) { return new TopicPartition(topic, partition); }

    // ---- cases ----

    static void cluster() throws Exception {
        var d = admin.describeCluster();
        check(!d.nodes().get().isEmpty(), "no nodes");
        check(!d.clusterId().get().isEmpty(), "no cluster id");
        check(d.nodes().get().contains(d.controller().get()), "controller is not among the nodes");
        check(!admin.describeFeatures().featureMetadata().get().finalizedFeatures().isEmpty(), "no finalized features");
    }

    static void topics() throws Exception {
        String t = topic(3, "retention.ms", "86400000");
        same(3, admin.describeTopics(List.of(t)).allTopicNames().get().get(t).partitions().size(), "partitions");
        fails(TopicExistsException.class, () -> admin.createTopics(List.of(new NewTopic(t, 1, (short) 1))).all().get());
        fails(InvalidTopicException.class, () -> admin.createTopics(List.of(new NewTopic("bad/name", 1, (short) 1))).all().get());
        admin.deleteTopics(List.of(t)).all().get();
        await(() -> { try { return !admin.listTopics().names().get().contains(t); } catch (Exception e) { return false; } }, "deletion");
        fails(UnknownTopicOrPartitionException.class, () -> admin.describeTopics(List.of(t)).allTopicNames().get());
    }

    static void partitions() throws Exception {
        String t = topic(1);
        admin.createPartitions(Map.of(t, NewPartitions.increaseTo(4))).all().get();
        await(() -> { try { return admin.describeTopics(List.of(t)).allTopicNames().get().get(t).partitions().size() == 4; }
                      catch (Exception e) { return false; } }, "four partitions");
        fails(InvalidPartitionsException.class, () -> admin.createPartitions(Map.of(t, NewPartitions.increaseTo(2))).all().get());
        try (var p = producer()) { same(3, p.send(new ProducerRecord<>(t, 3, "k", "v")).get().partition(), "partition"); }
    }

    static void roundtrip() throws Exception {
        String t = topic(1);
        long now = System.currentTimeMillis() - 5000;
        try (var p = producer()) {
            var full = new ProducerRecord<>(t, 0, now, "key", "väl");
            full.headers().add("h1", "x".getBytes()).add("h1", new byte[0]).add("h2", null);
            p.send(full);
            p.send(new ProducerRecord<>(t, 0, now + 1, null, "no key"));
            p.send(new ProducerRecord<>(t, 0, now + 2, "tombstone", (String) null));
            p.send(new ProducerRecord<>(t, 0, now + 3, "", ""));
        }
        try (var c = consumer()) {
            c.assign(List.of(tp(t, 0)));
            var got = take(c, 4);
            same("key väl", got.get(0).key() + " " + got.get(0).value(), "first record");
            var headers = got.get(0).headers().toArray();
            same(3, headers.length, "headers");
            same("x", new String(headers[0].value()), "header value");
            check(headers[1].value().length == 0 && headers[2].value() == null, "empty and null header values");
            check(got.get(1).key() == null && got.get(2).value() == null, "null key and value");
            same("", got.get(3).key() + got.get(3).value(), "empty key and value");
            for (int i = 0; i < 4; i++) {
                same(now + i, got.get(i).timestamp(), "timestamp");
                same((long) i, got.get(i).offset(), "offset");
            }
        }
    }

    static void txnCommit() throws Exception {
        String t = topic(1), u = topic(1);
        try (var p = producer("transactional.id", unique("tx"))) {
            p.initTransactions();
            p.beginTransaction();
            for (int i = 0; i < 3; i++) { p.send(new ProducerRecord<>(t, 0, "k", "v" + i)); p.send(new ProducerRecord<>(u, 0, "k", "v" + i)); }
            p.flush();
            same(values(0, 3), read(t, 3), "uncommitted values");
            try (var c = consumer("isolation.level", "read_committed")) {
                same(0L, c.endOffsets(List.of(tp(t, 0))).get(tp(t, 0)), "last stable offset of an open transaction");
            }
            p.commitTransaction();
        }
        for (String name : List.of(t, u)) same(values(0, 3), read(name, 3, "isolation.level", "read_committed"), "committed values");
        same(4L, admin.listOffsets(Map.of(tp(t, 0), OffsetSpec.latest())).partitionResult(tp(t, 0)).get().offset(), "end offset with marker");
    }

    static void txnAbort() throws Exception {
        String t = topic(1);
        try (var p = producer("transactional.id", unique("tx"))) {
            p.initTransactions();
            p.beginTransaction();
            for (int i = 0; i < 3; i++) p.send(new ProducerRecord<>(t, 0, "k", "aborted"));
            p.flush();
            p.abortTransaction();
            p.beginTransaction();
            for (int i = 0; i < 2; i++) p.send(new ProducerRecord<>(t, 0, "k", "v" + i));
            p.commitTransaction();
        }
        same(values(0, 2), read(t, 2, "isolation.level", "read_committed"), "committed values");
        same(5, read(t, 5).size(), "uncommitted values");
    }

    static void txnOffsets() throws Exception {
        String in = topic(1), out = topic(1), group = unique("g");
        send(in, 0, 4);
        var part = tp(in, 0);
        try (var c = consumer("group.id", group); var p = producer("transactional.id", unique("tx"))) {
            c.subscribe(List.of(in));
            p.initTransactions();
            take(c, 4);
            p.beginTransaction();
            p.sendOffsetsToTransaction(Map.of(part, new OffsetAndMetadata(2)), c.groupMetadata());
            p.abortTransaction();
            check(c.committed(Set.of(part)).get(part) == null, "an aborted offset commit became visible");
            p.beginTransaction();
            p.send(new ProducerRecord<>(out, 0, "k", "v0"));
            p.sendOffsetsToTransaction(Map.of(part, new OffsetAndMetadata(4)), c.groupMetadata());
            p.commitTransaction();
            same(4L, c.committed(Set.of(part)).get(part).offset(), "committed offset");
        }
        same(values(0, 1), read(out, 1, "isolation.level", "read_committed"), "output");
    }

    static void txnFence() throws Exception {
        String t = topic(1), id = unique("tx");
        try (var first = producer("transactional.id", id); var second = producer("transactional.id", id)) {
            first.initTransactions();
            first.beginTransaction();
            first.send(new ProducerRecord<>(t, 0, "k", "lost")).get();
            second.initTransactions();
            fails(ApiException.class, () -> { first.send(new ProducerRecord<>(t, 0, "k", "lost")).get(); first.commitTransaction(); });
            second.beginTransaction();
            second.send(new ProducerRecord<>(t, 0, "k", "v0"));
            second.commitTransaction();
        }
        same(values(0, 1), read(t, 1, "isolation.level", "read_committed"), "committed values");
    }

    static void rebalance(String assignor, String protocol) throws Exception {
        String t = topic(4), group = unique("g");
        Object[] options = assignor == null
            ? new Object[] {"group.id", group, "group.protocol", protocol}
            : new Object[] {"group.id", group, "group.protocol", protocol, "partition.assignment.strategy", assignor};
        int[] revoked = {0};
        try (var a = consumer(options)) {
            a.subscribe(List.of(t), new ConsumerRebalanceListener() {
                public void onPartitionsRevoked(Collection<TopicPartition> p) { revoked[0] += p.size(); }
                public void onPartitionsAssigned(Collection<TopicPartition> p) { }
            });
            await(() -> { a.poll(Duration.ofMillis(50)); return a.assignment().size() == 4; }, "4 partitions at one member");
            try (var b = consumer(options)) {
                b.subscribe(List.of(t));
                await(() -> {
                    a.poll(Duration.ofMillis(50)); b.poll(Duration.ofMillis(50));
                    return a.assignment().size() == 2 && b.assignment().size() == 2;
                }, "2+2 partitions at two members");
                same(assignor == null || assignor.contains("Cooperative") ? 2 : 4, revoked[0], "partitions revoked");
            }
            await(() -> { a.poll(Duration.ofMillis(50)); return a.assignment().size() == 4; }, "4 partitions after the leave");
        }
        if (protocol.equals("consumer")) {
            same(GroupState.EMPTY, admin.describeConsumerGroups(List.of(group)).all().get().get(group).groupState(), "state");
        }
    }

    static void groupOffsets() throws Exception {
        String t = topic(1), group = unique("g");
        send(t, 0, 10);
        for (int round = 0; round < 2; round++) {
            try (var c = consumer("group.id", group, "max.poll.records", 5)) {
                c.subscribe(List.of(t));
                var got = take(c, 5);
                same(values(round * 5, round * 5 + 5), got.stream().map(ConsumerRecord::value).toList(), "values");
                c.commitSync(Map.of(tp(t, 0), new OffsetAndMetadata(round * 5 + 5, "note" + round)));
                same("note" + round, c.committed(Set.of(tp(t, 0))).get(tp(t, 0)).metadata(), "commit metadata");
            }
        }
    }

    static void groupStatic() throws Exception {
        String t = topic(4), group = unique("g");
        int[] rebalances = {0};
        try (var a = consumer("group.id", group, "group.instance.id", "a")) {
            a.subscribe(List.of(t), new ConsumerRebalanceListener() {
                public void onPartitionsRevoked(Collection<TopicPartition> p) { }
                public void onPartitionsAssigned(Collection<TopicPartition> p) { rebalances[0]++; }
            });
            Set<TopicPartition> before = new HashSet<>();
            for (int round = 0; round < 2; round++) {
                try (var b = consumer("group.id", group, "group.instance.id", "b")) {
                    b.subscribe(List.of(t));
                    await(() -> {
                        a.poll(Duration.ofMillis(50)); b.poll(Duration.ofMillis(50));
                        return a.assignment().size() == 2 && b.assignment().size() == 2;
                    }, "2+2 partitions");
                    if (round == 0) { before.addAll(b.assignment()); rebalances[0] = 0; }
                    same(before, b.assignment(), "partitions of the returning static member");
                }
            }
            same(0, rebalances[0], "rebalances caused by a static member's restart");
            var members = admin.describeConsumerGroups(List.of(group)).all().get().get(group).members();
            same(Set.of("a", "b"), members.stream().map(m -> m.groupInstanceId().get()).collect(Collectors.toSet()), "instance ids");
        }
    }

    static void shareGroup() throws Exception {
        String t = topic(1), group = unique("share");
        var resource = new ConfigResource(ConfigResource.Type.GROUP, group);
        admin.incrementalAlterConfigs(Map.of(resource, List.of(
            new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET)))).all().get();
        send(t, 0, 10);
        var config = config("group.id", group, "share.acknowledgement.mode", "explicit");
        try (var c = new KafkaShareConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            c.subscribe(List.of(t));
            List<String> accepted = new ArrayList<>(), again = new ArrayList<>();
            await(() -> {
                for (var r : c.poll(Duration.ofMillis(200))) {
                    if (r.deliveryCount().get() > 1) again.add(r.value());
                    if (r.value().equals("v3") && r.deliveryCount().get() == 1) c.acknowledge(r, AcknowledgeType.RELEASE);
                    else if (r.value().equals("v4")) c.acknowledge(r, AcknowledgeType.REJECT);
                    else { c.acknowledge(r, AcknowledgeType.ACCEPT); accepted.add(r.value()); }
                }
                c.commitSync();
                return accepted.size() == 9;
            }, "nine accepted records");
            same(List.of("v3"), again, "redelivered records");
            same(1, admin.describeShareGroups(List.of(group)).all().get().get(group).members().size(), "share group members");
        }
        var offsets = admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec())).partitionsToOffsetInfo(group).get();
        check(offsets.get(tp(t, 0)) != null, "no share group offset"); // the start offset is written lazily, so it has no fixed value
        admin.deleteShareGroups(List.of(group)).all().get();
    }

    static void listOffsets() throws Exception {
        String t = topic(1);
        long now = System.currentTimeMillis() - 10_000;
        try (var p = producer("linger.ms", 0)) {
            for (long at : new long[] {now, now + 2000, now + 1000}) p.send(new ProducerRecord<>(t, 0, at, "k", "v")).get();
        }
        var specs = Map.of(0L, OffsetSpec.earliest(), 3L, OffsetSpec.latest(), 1L, OffsetSpec.forTimestamp(now + 500));
        for (var e : specs.entrySet())
            same(e.getKey(), admin.listOffsets(Map.of(tp(t, 0), e.getValue())).partitionResult(tp(t, 0)).get().offset(), e.getValue().getClass().getSimpleName());
        var max = admin.listOffsets(Map.of(tp(t, 0), OffsetSpec.maxTimestamp())).partitionResult(tp(t, 0)).get();
        same(List.of(1L, now + 2000), List.of(max.offset(), max.timestamp()), "max timestamp");
        same(-1L, admin.listOffsets(Map.of(tp(t, 0), OffsetSpec.forTimestamp(now + 60_000))).partitionResult(tp(t, 0)).get().offset(), "time after the end");
        try (var c = consumer()) {
            same(1L, c.offsetsForTimes(Map.of(tp(t, 0), now + 500)).get(tp(t, 0)).offset(), "offsetsForTimes");
        }
    }

    static void seek() throws Exception {
        String t = topic(1);
        send(t, 0, 10);
        try (var c = consumer("max.poll.records", 10)) {
            c.assign(List.of(tp(t, 0)));
            take(c, 10);
            c.seek(tp(t, 0), 7);
            same("v7", take(c, 3).get(0).value(), "after seek");
            c.seekToBeginning(List.of(tp(t, 0)));
            same("v0", take(c, 10).get(0).value(), "after seekToBeginning");
            c.seek(tp(t, 0), 1000); // out of range: the reset policy returns to the start
            same("v0", take(c, 10).get(0).value(), "after an offset out of range");
        }
    }

    static void deleteRecords() throws Exception {
        String t = topic(1);
        send(t, 0, 10);
        same(6L, admin.deleteRecords(Map.of(tp(t, 0), RecordsToDelete.beforeOffset(6))).lowWatermarks().get(tp(t, 0)).get().lowWatermark(), "low watermark");
        same(6L, admin.listOffsets(Map.of(tp(t, 0), OffsetSpec.earliest())).partitionResult(tp(t, 0)).get().offset(), "earliest");
        same(values(6, 10), read(t, 4), "values");
        fails(org.apache.kafka.common.errors.OffsetOutOfRangeException.class, () -> admin.deleteRecords(Map.of(tp(t, 0), RecordsToDelete.beforeOffset(99))).all().get());
    }

    static String configValue(ConfigResource r, String name) throws Exception {
        return admin.describeConfigs(List.of(r)).all().get().get(r).get(name).value();
    }

    static void alter(ConfigResource r, String name, String value, AlterConfigOp.OpType op) throws Exception {
        admin.incrementalAlterConfigs(Map.of(r, List.of(new AlterConfigOp(new ConfigEntry(name, value), op)))).all().get();
    }

    static void configs() throws Exception {
        var r = new ConfigResource(ConfigResource.Type.TOPIC, topic(1));
        String original = configValue(r, "retention.ms");
        alter(r, "retention.ms", "123456789", AlterConfigOp.OpType.SET);
        alter(r, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND);
        await(() -> { try { return configValue(r, "retention.ms").equals("123456789"); } catch (Exception e) { return false; } }, "the new value");
        same(Set.of("delete", "compact"), Set.of(configValue(r, "cleanup.policy").split(",")), "appended list");
        alter(r, "retention.ms", "", AlterConfigOp.OpType.DELETE);
        await(() -> { try { return configValue(r, "retention.ms").equals(original); } catch (Exception e) { return false; } }, "the default value");
        fails(InvalidConfigurationException.class, () -> alter(r, "retention.ms", "soon", AlterConfigOp.OpType.SET));
        String node = admin.describeCluster().nodes().get().iterator().next().idString();
        var broker = new ConfigResource(ConfigResource.Type.BROKER, node);
        check(admin.describeConfigs(List.of(broker)).all().get().get(broker).entries().size() > 10, "broker configs");
    }

    static String usedGroup(String t) throws Exception {
        String group = unique("g");
        try (var c = consumer("group.id", group)) {
            c.subscribe(List.of(t));
            take(c, 10);
            c.commitSync();
        }
        return group;
    }

    static void groupsAdmin() throws Exception {
        String t = topic(1);
        send(t, 0, 10);
        String group = usedGroup(t);
        check(admin.listGroups().all().get().stream().anyMatch(g -> g.groupId().equals(group)), "group is not listed");
        same(GroupState.EMPTY, admin.describeConsumerGroups(List.of(group)).all().get().get(group).groupState(), "state");
        admin.deleteConsumerGroups(List.of(group)).all().get();
        check(admin.listGroups().all().get().stream().noneMatch(g -> g.groupId().equals(group)), "group is still listed");
        fails(GroupIdNotFoundException.class, () -> admin.deleteConsumerGroups(List.of(group)).all().get());
    }

    static void offsetsAdmin() throws Exception {
        String t = topic(1);
        send(t, 0, 10);
        String group = usedGroup(t);
        admin.alterConsumerGroupOffsets(group, Map.of(tp(t, 0), new OffsetAndMetadata(5))).all().get();
        same(5L, admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(tp(t, 0)).offset(), "offset");
        admin.deleteConsumerGroupOffsets(group, Set.of(tp(t, 0))).all().get();
        check(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(tp(t, 0)) == null, "offset is still there");
    }

    static void acls() throws Exception {
        var pattern = new ResourcePattern(ResourceType.TOPIC, unique("acl"), PatternType.PREFIXED);
        var acl = new AclBinding(pattern, new AccessControlEntry("User:interop", "*", AclOperation.READ, AclPermissionType.ALLOW));
        admin.createAcls(List.of(acl)).all().get();
        await(() -> { try { return List.of(acl).equals(List.copyOf(admin.describeAcls(acl.toFilter()).values().get())); } catch (Exception e) { throw new RuntimeException(e); } }, "the new ACL");
        same(List.of(acl), List.copyOf(admin.deleteAcls(List.of(acl.toFilter())).all().get()), "deleted ACLs");
        await(() -> { try { return admin.describeAcls(acl.toFilter()).values().get().isEmpty(); } catch (Exception e) { return false; } }, "the ACL's removal");
    }

    static void scram() throws Exception {
        String user = unique("user");
        admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(user, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), "secret"))).all().get();
        await(() -> { try { return admin.describeUserScramCredentials(List.of(user)).description(user).get().credentialInfos().get(0).iterations() == 4096; }
                      catch (Exception e) { return false; } }, "the credential");
        admin.alterUserScramCredentials(List.of(new UserScramCredentialDeletion(user, ScramMechanism.SCRAM_SHA_256))).all().get();
        await(() -> { try { return !admin.describeUserScramCredentials().users().get().contains(user); } catch (Exception e) { return false; } }, "the removal");
    }

    static void quotas() throws Exception {
        var entity = new ClientQuotaEntity(Map.of(ClientQuotaEntity.USER, unique("user")));
        var filter = ClientQuotaFilter.containsOnly(List.of(ClientQuotaFilterComponent.ofEntity(ClientQuotaEntity.USER, entity.entries().get("user"))));
        for (Double rate : new Double[] {1e6, null}) {
            admin.alterClientQuotas(List.of(new ClientQuotaAlteration(entity, List.of(new ClientQuotaAlteration.Op("producer_byte_rate", rate))))).all().get();
            var expected = rate == null ? Map.of() : Map.of(entity, Map.of("producer_byte_rate", rate));
            await(() -> { try { return admin.describeClientQuotas(filter).entities().get().equals(expected); } catch (Exception e) { return false; } }, "quota " + rate);
        }
    }

    static void logDirs() throws Exception {
        String t = topic(1);
        send(t, 0, 10);
        var nodes = admin.describeCluster().nodes().get().stream().map(Node::id).toList();
        boolean found = admin.describeLogDirs(nodes).allDescriptions().get().values().stream().flatMap(m -> m.values().stream())
            .anyMatch(d -> d.replicaInfos().containsKey(tp(t, 0)) && d.replicaInfos().get(tp(t, 0)).size() > 0);
        check(found, "the partition is in no log dir");
    }

    static void electLeaders() throws Exception {
        var part = tp(topic(1), 0);
        var result = admin.electLeaders(ElectionType.PREFERRED, Set.of(part)).partitions().get().get(part);
        check(result.isEmpty() || result.get() instanceof ElectionNotNeededException, "unexpected " + result);
    }

    static void reassign() throws Exception {
        String t = topic(1);
        int leader = admin.describeTopics(List.of(t)).allTopicNames().get().get(t).partitions().get(0).leader().id();
        admin.alterPartitionReassignments(Map.of(tp(t, 0), Optional.of(new NewPartitionReassignment(List.of(leader))))).all().get();
        check(admin.listPartitionReassignments(Set.of(tp(t, 0))).reassignments().get().isEmpty(), "a reassignment in place stays open");
        fails(NoReassignmentInProgressException.class, () -> admin.alterPartitionReassignments(Map.of(tp(t, 0), Optional.empty())).all().get());
    }

    static void regex() throws Exception {
        String prefix = unique("regex");
        admin.createTopics(List.of(new NewTopic(prefix + "-a", 1, (short) 1), new NewTopic(prefix + "-b", 1, (short) 1))).all().get();
        send(prefix + "-a", 0, 1);
        send(prefix + "-b", 1, 2);
        if (!offered("group-848")) note("(classic protocol; the consumer protocol's half waits for group-848)");
        for (String protocol : offered("group-848") ? List.of("classic", "consumer") : List.of("classic")) {
            try (var c = consumer("group.id", unique("g"), "group.protocol", protocol)) {
                if (protocol.equals("classic")) c.subscribe(Pattern.compile(prefix + "-.*"));
                else c.subscribe(new SubscriptionPattern(prefix + "-.*")); // evaluated by the broker
                same(Set.of("v0", "v1"), take(c, 2).stream().map(ConsumerRecord::value).collect(Collectors.toSet()), protocol + " values");
            }
        }
    }

    static void large() throws Exception {
        String t = topic(1, "max.message.bytes", "8388608"), small = topic(1);
        byte[] payload = new byte[5 << 20];
        new Random(1).nextBytes(payload);
        try (var p = new KafkaProducer<>(config("max.request.size", 8 << 20), new ByteArraySerializer(), new ByteArraySerializer())) {
            p.send(new ProducerRecord<>(t, 0, null, payload)).get();
            fails(RecordTooLargeException.class, () -> p.send(new ProducerRecord<>(small, 0, null, payload)).get());
        }
        try (var c = new KafkaConsumer<>(config("auto.offset.reset", "earliest"), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            c.assign(List.of(tp(t, 0)));
            ConsumerRecords<byte[], byte[]>[] got = new ConsumerRecords[1];
            await(() -> !(got[0] = c.poll(Duration.ofMillis(200))).isEmpty(), "the large record");
            check(Arrays.equals(payload, got[0].iterator().next().value()), "payload differs");
        }
    }
}
