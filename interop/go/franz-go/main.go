// The matrix for franz-go (kgo and kadm).
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"sync/atomic"
	"time"

	. "interop/harness"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var adm *kadm.Client

func main() {
	adm = kadm.NewClient(client())
	codecs := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(),
		"snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}
	cases := map[string]Case{
		"cluster": cluster, "topics": topics, "partitions": partitions, "roundtrip": roundtrip,
		"acks-0": func(ctx context.Context) {
			produceAndRead(ctx, 20, kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite())
		},
		"acks-1": func(ctx context.Context) {
			produceAndRead(ctx, 20, kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite())
		},
		"acks-all":   func(ctx context.Context) { produceAndRead(ctx, 20, kgo.DisableIdempotentWrite()) },
		"idempotent": func(ctx context.Context) { produceAndRead(ctx, 500) },
		"txn-commit": txnCommit, "txn-abort": txnAbort, "txn-offsets": txnOffsets, "txn-fence": txnFence,
		"group-rebalance":   func(ctx context.Context) { rebalance(ctx, kgo.Balancers(kgo.RangeBalancer())) },
		"group-cooperative": func(ctx context.Context) { rebalance(ctx, kgo.Balancers(kgo.CooperativeStickyBalancer())) },
		"group-848":         func(ctx context.Context) { rebalance(ctx, kgo.ServerSideBalancer()) },
		"group-offsets":     groupOffsets, "group-static": groupStatic, "share-group": shareGroup,
		"list-offsets": listOffsets, "seek": seek, "delete-records": deleteRecords, "configs": configs,
		"groups-admin": groupsAdmin, "offsets-admin": offsetsAdmin, "acls": acls, "scram": scram, "quotas": quotas,
		"log-dirs": logDirs, "elect-leaders": electLeaders, "reassign": reassign, "regex": regex,
		"large-5m": large, "order-10k": func(ctx context.Context) { produceAndRead(ctx, 10000) },
	}
	for name, codec := range codecs {
		cases["codec-"+name] = func(ctx context.Context) { produceAndRead(ctx, 200, kgo.ProducerBatchCompression(codec)) }
	}
	Run(cases, nil)
}

func client(opts ...kgo.Opt) *kgo.Client {
	base := []kgo.Opt{kgo.SeedBrokers(os.Args[1]), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MetadataMinAge(100 * time.Millisecond), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())}
	return Get(kgo.NewClient(append(base, opts...)...))
}

func topic(ctx context.Context, partitions int32, configs map[string]*string) string {
	name := Unique("franz")
	Must(Get(adm.CreateTopic(ctx, partitions, 1, configs, name)).Err)
	// A broker may answer before it shows the new topic itself.
	Await(ctx, "the new topic", func() bool { return len(Get(adm.ListTopics(ctx, name))[name].Partitions) == int(partitions) })
	return name
}

func records(topic string, from, to int) (out []*kgo.Record) {
	for _, v := range Values(from, to) {
		out = append(out, &kgo.Record{Topic: topic, Key: []byte("k" + v), Value: []byte(v)})
	}
	return
}

func send(ctx context.Context, topic string, from, to int, opts ...kgo.Opt) {
	c := client(opts...)
	defer c.Close()
	Must(c.ProduceSync(ctx, records(topic, from, to)...).FirstErr())
}

func take(ctx context.Context, c *kgo.Client, count int) (got []*kgo.Record) {
	for len(got) < count {
		f := c.PollFetches(ctx)
		Must(f.Err())
		got = append(got, f.Records()...)
	}
	Same(count, len(got), "number of records")
	return
}

func values(rs []*kgo.Record) (out []string) {
	for _, r := range rs {
		out = append(out, string(r.Value))
	}
	return
}

func at(topic string, offset kgo.Offset) kgo.Opt {
	return kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: offset}})
}

func read(ctx context.Context, topic string, count int, opts ...kgo.Opt) []string {
	c := client(append(opts, at(topic, kgo.NewOffset().AtStart()))...)
	defer c.Close()
	return values(take(ctx, c, count))
}

func produceAndRead(ctx context.Context, count int, opts ...kgo.Opt) {
	t := topic(ctx, 1, nil)
	send(ctx, t, 0, count, opts...)
	Same(Values(0, count), read(ctx, t, count), "values")
}

func fails(err, expected error) {
	Check(errors.Is(err, expected), "expected %v, got %v", expected, err)
}

var committed = kgo.FetchIsolationLevel(kgo.ReadCommitted())

func cluster(ctx context.Context) {
	m := Get(adm.BrokerMetadata(ctx))
	Check(len(m.Brokers) > 0 && m.Cluster != "", "no brokers or no cluster id")
	Get(adm.ApiVersions(ctx))
}

func topics(ctx context.Context) {
	t := topic(ctx, 3, map[string]*string{"retention.ms": kadm.StringPtr("86400000")})
	Same(3, len(Get(adm.ListTopics(ctx, t))[t].Partitions), "partitions")
	_, err := adm.CreateTopic(ctx, 1, 1, nil, t)
	fails(err, kerr.TopicAlreadyExists)
	Must(Get(adm.DeleteTopic(ctx, t)).Err)
	Await(ctx, "deletion", func() bool { return errors.Is(Get(adm.ListTopics(ctx, t))[t].Err, kerr.UnknownTopicOrPartition) })
}

func partitions(ctx context.Context) {
	t := topic(ctx, 1, nil)
	Must(Get(adm.UpdatePartitions(ctx, 4, t))[t].Err)
	Await(ctx, "four partitions", func() bool { return len(Get(adm.ListTopics(ctx, t))[t].Partitions) == 4 })
	fails(Get(adm.UpdatePartitions(ctx, 2, t))[t].Err, kerr.InvalidPartitions)
}

func roundtrip(ctx context.Context) {
	t := topic(ctx, 1, nil)
	now := time.UnixMilli(time.Now().UnixMilli() - 5000)
	p := client()
	defer p.Close()
	Must(p.ProduceSync(ctx,
		&kgo.Record{Topic: t, Timestamp: now, Key: []byte("key"), Value: []byte("väl"), Headers: []kgo.RecordHeader{
			{Key: "h1", Value: []byte("x")}, {Key: "h1", Value: []byte{}}, {Key: "h2"}}},
		&kgo.Record{Topic: t, Timestamp: now.Add(time.Millisecond), Value: []byte("no key")},
		&kgo.Record{Topic: t, Timestamp: now.Add(2 * time.Millisecond), Key: []byte("tombstone")},
		&kgo.Record{Topic: t, Timestamp: now.Add(3 * time.Millisecond), Key: []byte{}, Value: []byte{}},
	).FirstErr())
	c := client(at(t, kgo.NewOffset().AtStart()))
	defer c.Close()
	got := take(ctx, c, 4)
	Same("key väl", string(got[0].Key)+" "+string(got[0].Value), "first record")
	h := got[0].Headers
	Check(len(h) == 3 && string(h[0].Value) == "x" && h[1].Value != nil && h[2].Value == nil, "headers %v", h)
	Check(got[1].Key == nil && got[2].Value == nil, "null key and value")
	Check(got[3].Key != nil && got[3].Value != nil, "empty key and value became null")
	for i, r := range got {
		Check(r.Timestamp.Equal(now.Add(time.Duration(i)*time.Millisecond)) && r.Offset == int64(i), "timestamp or offset of %d", i)
	}
}

func txnCommit(ctx context.Context) {
	t := topic(ctx, 1, nil)
	p := client(kgo.TransactionalID(Unique("tx")))
	defer p.Close()
	Must(p.BeginTransaction())
	Must(p.ProduceSync(ctx, records(t, 0, 3)...).FirstErr())
	Same(Values(0, 3), read(ctx, t, 3), "uncommitted values")
	Same(int64(0), Get(adm.ListCommittedOffsets(ctx, t))[t][0].Offset, "last stable offset of an open transaction")
	Must(p.EndTransaction(ctx, kgo.TryCommit))
	Same(Values(0, 3), read(ctx, t, 3, committed), "committed values")
}

func txnAbort(ctx context.Context) {
	t := topic(ctx, 1, nil)
	p := client(kgo.TransactionalID(Unique("tx")))
	defer p.Close()
	Must(p.BeginTransaction())
	Must(p.ProduceSync(ctx, records(t, 100, 103)...).FirstErr())
	Must(p.EndTransaction(ctx, kgo.TryAbort))
	Must(p.BeginTransaction())
	Must(p.ProduceSync(ctx, records(t, 0, 2)...).FirstErr())
	Must(p.EndTransaction(ctx, kgo.TryCommit))
	Same(Values(0, 2), read(ctx, t, 2, committed), "committed values")
	Same(5, len(read(ctx, t, 5)), "uncommitted values")
}

func txnOffsets(ctx context.Context) {
	in, out, group := topic(ctx, 1, nil), topic(ctx, 1, nil), Unique("g")
	send(ctx, in, 0, 4)
	s := Get(kgo.NewGroupTransactSession(kgo.SeedBrokers(os.Args[1]), kgo.TransactionalID(Unique("tx")), kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(in), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), committed))
	defer s.Close()
	for _, end := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} { // an abort rewinds the consumer
		n := 0
		Must(s.Begin())
		for n < 4 {
			f := s.PollFetches(ctx)
			Must(f.Err())
			n += f.NumRecords()
		}
		Must(s.ProduceSync(ctx, records(out, 0, 1)...).FirstErr())
		Same(bool(end), Get(s.End(ctx, end)), "committed")
	}
	// Soon after the commit: kadm does not ask for stable offsets only.
	Await(ctx, "the committed offset", func() bool { return Get(adm.FetchOffsets(ctx, group))[in][0].At == 4 })
	Same(Values(0, 1), read(ctx, out, 1, committed), "output")
}

func txnFence(ctx context.Context) {
	t, id := topic(ctx, 1, nil), Unique("tx")
	first, second := client(kgo.TransactionalID(id)), client(kgo.TransactionalID(id))
	defer first.Close()
	defer second.Close()
	Must(first.BeginTransaction())
	Must(first.ProduceSync(ctx, records(t, 100, 101)...).FirstErr())
	Must(second.BeginTransaction())
	Must(second.ProduceSync(ctx, records(t, 0, 1)...).FirstErr())
	err := first.ProduceSync(ctx, records(t, 101, 102)...).FirstErr()
	if err == nil {
		err = first.EndTransaction(ctx, kgo.TryCommit)
	}
	Check(err != nil, "the first producer was not fenced")
	Must(second.EndTransaction(ctx, kgo.TryCommit))
	Same(Values(0, 1), read(ctx, t, 1, committed), "committed values")
}

// member counts the partitions a group member holds.
type member struct {
	*kgo.Client
	held, revoked, assigned atomic.Int32
}

func join(t, group string, opts ...kgo.Opt) *member {
	m := &member{}
	count := func(ps map[string][]int32) int32 { return int32(len(ps[t])) }
	m.Client = client(append(opts, kgo.ConsumeTopics(t), kgo.ConsumerGroup(group), kgo.HeartbeatInterval(200*time.Millisecond),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, ps map[string][]int32) {
			m.assigned.Add(count(ps))
			m.held.Add(count(ps))
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, ps map[string][]int32) {
			m.revoked.Add(count(ps))
			m.held.Add(-count(ps))
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, ps map[string][]int32) { m.held.Add(-count(ps)) }))...)
	return m
}

func rebalance(ctx context.Context, opt kgo.Opt) {
	t, group := topic(ctx, 4, nil), Unique("g")
	a := join(t, group, opt)
	defer a.Close()
	Await(ctx, "4 partitions at one member", func() bool { return a.held.Load() == 4 })
	b := join(t, group, opt)
	Await(ctx, "2+2 partitions", func() bool { return a.held.Load() == 2 && b.held.Load() == 2 })
	b.Close()
	Await(ctx, "4 partitions after the leave", func() bool { return a.held.Load() == 4 })
}

func groupOffsets(ctx context.Context) {
	t, group := topic(ctx, 1, nil), Unique("g")
	send(ctx, t, 0, 10)
	for round := 0; round < 2; round++ {
		c := client(kgo.ConsumeTopics(t), kgo.ConsumerGroup(group), kgo.DisableAutoCommit())
		var got []*kgo.Record
		for len(got) < 5 {
			f := c.PollRecords(ctx, 5)
			Must(f.Err())
			got = append(got, f.Records()...)
		}
		Same(Values(round*5, round*5+5), values(got), "values")
		Must(c.CommitRecords(ctx, got...))
		c.Close()
	}
	Same(int64(10), Get(adm.FetchOffsets(ctx, group))[t][0].At, "committed offset")
}

func groupStatic(ctx context.Context) {
	t, group := topic(ctx, 4, nil), Unique("g")
	balancer := kgo.Balancers(kgo.RangeBalancer())
	a := join(t, group, kgo.InstanceID("a"), balancer)
	defer a.Close()
	before := int32(0)
	for round := 0; round < 2; round++ {
		b := join(t, group, kgo.InstanceID("b"), balancer)
		Await(ctx, "2+2 partitions", func() bool { return a.held.Load() == 2 && b.held.Load() == 2 })
		if round == 0 {
			before = a.assigned.Load()
		}
		b.Close()
	}
	time.Sleep(time.Second)
	Same(before, a.assigned.Load(), "assignments caused by a static member's restart")
	d := Get(adm.DescribeGroups(ctx, group))[group]
	Same(2, len(d.Members), "members")
	res := Get(adm.LeaveGroup(ctx, kadm.LeaveGroup(group).InstanceIDs("b")))
	Must(res["b"].Err)
}

func shareGroup(ctx context.Context) {
	t, group := topic(ctx, 1, nil), Unique("share")
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	res := kmsg.NewIncrementalAlterConfigsRequestResource()
	res.ResourceType, res.ResourceName = kmsg.ConfigResourceTypeGroupConfig, group
	res.Configs = []kmsg.IncrementalAlterConfigsRequestResourceConfig{{Name: "share.auto.offset.reset", Value: kadm.StringPtr("earliest")}}
	req.Resources = append(req.Resources, res)
	Must(kerr.ErrorForCode(Get(req.RequestWith(ctx, client())).Resources[0].ErrorCode))
	send(ctx, t, 0, 10)
	c := client(kgo.ShareGroup(group), kgo.ConsumeTopics(t))
	defer c.Close()
	accepted, again := map[string]bool{}, 0
	for len(accepted) < 10 {
		f := c.PollFetches(ctx)
		Must(f.Err())
		for _, r := range f.Records() {
			if string(r.Value) == "v3" && again == 0 {
				again++
				c.MarkAcks(kgo.AckRelease, r)
			} else {
				c.MarkAcks(kgo.AckAccept, r)
				accepted[string(r.Value)] = true
			}
		}
	}
	Same(1, len(Get(adm.DescribeShareGroups(ctx, group))[group].Members), "share group members")
}

func listOffsets(ctx context.Context) {
	t := topic(ctx, 1, nil)
	now := time.Now().UnixMilli() - 10000
	p := client()
	defer p.Close()
	for _, ms := range []int64{now, now + 2000, now + 1000} {
		Must(p.ProduceSync(ctx, &kgo.Record{Topic: t, Value: []byte("v"), Timestamp: time.UnixMilli(ms)}).FirstErr())
	}
	Same(int64(0), Get(adm.ListStartOffsets(ctx, t))[t][0].Offset, "earliest")
	Same(int64(3), Get(adm.ListEndOffsets(ctx, t))[t][0].Offset, "latest")
	Same(int64(1), Get(adm.ListOffsetsAfterMilli(ctx, now+500, t))[t][0].Offset, "timestamp")
	Same(int64(1), Get(adm.ListMaxTimestampOffsets(ctx, t))[t][0].Offset, "max timestamp")
}

func seek(ctx context.Context) {
	t := topic(ctx, 1, nil)
	send(ctx, t, 0, 10)
	c := client(at(t, kgo.NewOffset().AtStart()))
	defer c.Close()
	take(ctx, c, 10)
	set := func(o int64) { c.SetOffsets(map[string]map[int32]kgo.EpochOffset{t: {0: {Epoch: -1, Offset: o}}}) }
	set(7)
	Same(Values(7, 10), values(take(ctx, c, 3)), "after seek")
	set(0)
	Same(Values(0, 10), values(take(ctx, c, 10)), "after seek to the start")
	set(1000) // out of range: resets to the start
	Same(Values(0, 10), values(take(ctx, c, 10)), "after an offset out of range")
}

func deleteRecords(ctx context.Context) {
	t := topic(ctx, 1, nil)
	send(ctx, t, 0, 10)
	var os kadm.Offsets
	os.AddOffset(t, 0, 6, -1)
	Same(int64(6), Get(adm.DeleteRecords(ctx, os))[t][0].LowWatermark, "low watermark")
	Same(int64(6), Get(adm.ListStartOffsets(ctx, t))[t][0].Offset, "earliest")
	Same(Values(6, 10), read(ctx, t, 4), "values")
}

func configs(ctx context.Context) {
	t := topic(ctx, 1, nil)
	value := func(name string) string {
		for _, c := range Get(adm.DescribeTopicConfigs(ctx, t))[0].Configs {
			if c.Key == name {
				return *c.Value
			}
		}
		panic("no config " + name)
	}
	alter := func(op kadm.IncrementalOp, name, v string) {
		Must(Get(adm.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: op, Name: name, Value: &v}}, t))[0].Err)
	}
	original := value("retention.ms")
	alter(kadm.SetConfig, "retention.ms", "123456789")
	alter(kadm.AppendConfig, "cleanup.policy", "compact")
	Await(ctx, "the new values", func() bool {
		return value("retention.ms") == "123456789" && value("cleanup.policy") == "delete,compact"
	})
	alter(kadm.DeleteConfig, "retention.ms", "")
	Await(ctx, "the default value", func() bool { return value("retention.ms") == original })
	id := Get(adm.ListBrokers(ctx))[0].NodeID
	Check(len(Get(adm.DescribeBrokerConfigs(ctx, id))[0].Configs) > 10, "broker configs")
}

func usedGroup(ctx context.Context, t string) string {
	group := Unique("g")
	send(ctx, t, 0, 10)
	c := client(kgo.ConsumeTopics(t), kgo.ConsumerGroup(group), kgo.DisableAutoCommit())
	defer c.Close()
	take(ctx, c, 10)
	Must(c.CommitUncommittedOffsets(ctx))
	return group
}

func groupsAdmin(ctx context.Context) {
	group := usedGroup(ctx, topic(ctx, 1, nil))
	_, listed := Get(adm.ListGroups(ctx))[group]
	Check(listed, "group is not listed")
	Await(ctx, "the empty state", func() bool { return Get(adm.DescribeGroups(ctx, group))[group].State == "Empty" })
	Must(Get(adm.DeleteGroup(ctx, group)).Err)
	_, listed = Get(adm.ListGroups(ctx))[group]
	Check(!listed, "group is still listed")
}

func offsetsAdmin(ctx context.Context) {
	t := topic(ctx, 1, nil)
	group := usedGroup(ctx, t)
	var os kadm.Offsets
	os.AddOffset(t, 0, 5, -1)
	Must(adm.CommitAllOffsets(ctx, group, os))
	Same(int64(5), Get(adm.FetchOffsets(ctx, group))[t][0].At, "offset")
	s := kadm.TopicsSet{}
	s.Add(t, 0)
	Must(Get(adm.DeleteOffsets(ctx, group, s)).Error())
	_, still := Get(adm.FetchOffsets(ctx, group)).Lookup(t, 0)
	Check(!still, "offset is still there")
}

func acls(ctx context.Context) {
	b := kadm.NewACLs().Topics(Unique("acl")).ResourcePatternType(kadm.ACLPatternPrefixed).Allow("User:interop").AllowHosts("*").Operations(kadm.OpRead)
	Must(Get(adm.CreateACLs(ctx, b))[0].Err)
	count := func() int { return len(Get(adm.DescribeACLs(ctx, b))[0].Described) }
	Await(ctx, "the new ACL", func() bool { return count() == 1 })
	Same(1, len(Get(adm.DeleteACLs(ctx, b))[0].Deleted), "deleted ACLs")
	Await(ctx, "the ACL's removal", func() bool { return count() == 0 })
}

func scram(ctx context.Context) {
	user := Unique("user")
	Must(Get(adm.AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{{User: user, Mechanism: kadm.ScramSha256, Iterations: 4096, Password: "secret"}}))[user].Err)
	count := func() int { return len(Get(adm.DescribeUserSCRAMs(ctx, user))[user].CredInfos) }
	Await(ctx, "the credential", func() bool { return count() == 1 })
	Must(Get(adm.AlterUserSCRAMs(ctx, []kadm.DeleteSCRAM{{User: user, Mechanism: kadm.ScramSha256}}, nil))[user].Err)
	Await(ctx, "the removal", func() bool { return count() == 0 })
}

func quotas(ctx context.Context) {
	user := Unique("user")
	for _, remove := range []bool{false, true} {
		Must(Get(adm.AlterClientQuotas(ctx, []kadm.AlterClientQuotaEntry{{
			Entity: kadm.ClientQuotaEntity{{Type: "user", Name: &user}},
			Ops:    []kadm.AlterClientQuotaOp{{Key: "producer_byte_rate", Value: 1e6, Remove: remove}}}}))[0].Err)
		Await(ctx, "the quota", func() bool {
			got := Get(adm.DescribeClientQuotas(ctx, true, []kadm.DescribeClientQuotaComponent{{Type: "user", MatchName: &user}}))
			return remove && len(got) == 0 || !remove && len(got) == 1 && got[0].Values[0].Value == 1e6
		})
	}
}

func logDirs(ctx context.Context) {
	t := topic(ctx, 1, nil)
	send(ctx, t, 0, 10)
	found := false
	Get(adm.DescribeAllLogDirs(ctx, nil)).Each(func(d kadm.DescribedLogDir) { found = found || d.Topics[t][0].Size > 0 })
	Check(found, "the partition is in no log dir")
}

func electLeaders(ctx context.Context) {
	t := topic(ctx, 1, nil)
	s := kadm.TopicsSet{}
	s.Add(t, 0)
	err := Get(adm.ElectLeaders(ctx, kadm.ElectPreferredReplica, s))[t][0].Err
	Check(err == nil || errors.Is(err, kerr.ElectionNotNeeded), "unexpected %v", err)
}

func reassign(ctx context.Context) {
	t := topic(ctx, 1, nil)
	leader := Get(adm.ListTopics(ctx, t))[t].Partitions[0].Leader
	req := kadm.AlterPartitionAssignmentsReq{}
	req.Assign(t, 0, []int32{leader})
	Must(Get(adm.AlterPartitionAssignments(ctx, req)).Error())
	s := kadm.TopicsSet{}
	s.Add(t, 0)
	Same(0, len(Get(adm.ListPartitionReassignments(ctx, s))[t]), "open reassignments")
	req = kadm.AlterPartitionAssignmentsReq{}
	req.CancelAssign(t, 0)
	fails(Get(adm.AlterPartitionAssignments(ctx, req)).Error(), kerr.NoReassignmentInProgress)
}

func regex(ctx context.Context) {
	prefix := Unique("regex")
	Get(adm.CreateTopics(ctx, 1, 1, nil, prefix+"-a", prefix+"-b"))
	send(ctx, prefix+"-a", 0, 1)
	send(ctx, prefix+"-b", 1, 2)
	protocols := [][]kgo.Opt{{}, {kgo.ServerSideBalancer()}} // the broker evaluates the second
	if !Offered("group-848") {
		Note("(classic protocol; the consumer protocol's half waits for group-848)")
		protocols = protocols[:1]
	}
	for _, opts := range protocols {
		c := client(append(opts, kgo.ConsumeRegex(), kgo.ConsumeTopics("^"+prefix+"-.*"), kgo.ConsumerGroup(Unique("g")))...)
		take(ctx, c, 2)
		c.Close()
	}
}

func large(ctx context.Context) {
	t, small := topic(ctx, 1, map[string]*string{"max.message.bytes": kadm.StringPtr("8388608")}), topic(ctx, 1, nil)
	payload := make([]byte, 5<<20)
	rand.Read(payload)
	p := client(kgo.ProducerBatchMaxBytes(8 << 20))
	defer p.Close()
	Must(p.ProduceSync(ctx, &kgo.Record{Topic: t, Value: payload}).FirstErr())
	fails(p.ProduceSync(ctx, &kgo.Record{Topic: small, Value: payload}).FirstErr(), kerr.MessageTooLarge)
	c := client(at(t, kgo.NewOffset().AtStart()))
	defer c.Close()
	Check(bytes.Equal(payload, take(ctx, c, 1)[0].Value), "payload differs")
}
