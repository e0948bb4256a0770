import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.databind.node.*;
import java.io.*;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.stream.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.config.*;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.quota.*;
import org.apache.kafka.common.resource.*;
import org.apache.kafka.common.serialization.*;

/**
 * Kafka's own clients behind lines of JSON: one command a line on stdin, one answer a line on stdout, by "id". Commands run
 * beside each other, so that one can write while the broker is killed. It is the neutral party of the exchange: it writes
 * to and reads from both brokers and knows of neither.
 */
public class Client {
    static final ObjectMapper json = new ObjectMapper().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);
    static final ExecutorService threads = Executors.newCachedThreadPool();

    public static void main(String[] args) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonNode command = json.readTree(line);
            threads.execute(() -> {
                var answer = new TreeMap<String, Object>();
                answer.put("id", command.get("id"));
                try {
                    answer.put("result", run(command));
                } catch (Throwable error) {
                    error.printStackTrace();
                    answer.put("error", String.valueOf(error.getCause() == null ? error : error.getCause()));
                }
                synchronized (json) {
                    try { System.out.println(json.writeValueAsString(answer)); } catch (Exception error) { throw new IllegalStateException(error); }
                }
            });
        }
        System.exit(0);
    }

    static Object run(JsonNode c) throws Exception {
        String bootstrap = c.get("bootstrap").asText();
        return switch (c.get("do").asText()) {
            case "create" -> create(bootstrap, c);
            case "change" -> change(bootstrap, c);
            case "secure" -> secure(bootstrap);
            case "write" -> write(bootstrap, c);
            case "open-transaction" -> openTransaction(bootstrap, c);
            case "read" -> read(bootstrap, Path.of(c.get("folder").asText()));
            case "state" -> state(bootstrap, c);
            case "commit" -> commit(bootstrap, c);
            case "go-on" -> goOn(bootstrap, c);
            case "share" -> share(bootstrap, c);
            default -> throw new IllegalArgumentException(c.get("do").asText());
        };
    }

    static Admin admin(String bootstrap) {
        return Admin.create(Map.of("bootstrap.servers", bootstrap, "default.api.timeout.ms", 30_000, "request.timeout.ms", 15_000));
    }

    // ---- topics and their changes ----

    static Object create(String bootstrap, JsonNode c) throws Exception {
        try (var admin = admin(bootstrap)) {
            var topics = new ArrayList<NewTopic>();
            for (JsonNode topic : c.get("topics")) {
                Map<String, String> configs = new HashMap<>();
                topic.get("configs").properties().forEach(e -> configs.put(e.getKey(), e.getValue().asText()));
                topics.add(new NewTopic(topic.get("name").asText(), topic.get("partitions").asInt(), (short) 1).configs(configs));
            }
            admin.createTopics(topics).all().get();
            // Until each leader answers. Kafka says that a topic is there before its partitions are, and a producer that has
            // several batches on the way then may find its second taken and its first, tried again, out of order for ever.
            var ends = new HashMap<TopicPartition, OffsetSpec>();
            for (var topic : topics) for (int p = 0; p < topic.numPartitions(); p++) ends.put(new TopicPartition(topic.name(), p), OffsetSpec.latest());
            // Nor does its metadata have the topic from the first moment on, and not to know one is final for this request.
            for (int tries = 1; ; tries++) {
                try {
                    admin.listOffsets(ends).all().get();
                    break;
                } catch (ExecutionException error) {
                    if (!(error.getCause() instanceof UnknownTopicOrPartitionException) || tries == 50) throw error;
                    Thread.sleep(100);
                }
            }
        }
        return true;
    }

    /** What an operator does: configurations, more partitions, deleted records, deleted topics, deleted groups. */
    static Object change(String bootstrap, JsonNode c) throws Exception {
        try (var admin = admin(bootstrap)) {
            Map<ConfigResource, Collection<AlterConfigOp>> configs = new HashMap<>();
            for (JsonNode one : c.withArray("configs")) {
                var resource = new ConfigResource(ConfigResource.Type.valueOf(one.get("type").asText()), one.get("name").asText());
                JsonNode value = one.get("value");
                var op = new AlterConfigOp(new ConfigEntry(one.get("key").asText(), value.isNull() ? null : value.asText()),
                    value.isNull() ? AlterConfigOp.OpType.DELETE : AlterConfigOp.OpType.SET);
                configs.computeIfAbsent(resource, key -> new ArrayList<>()).add(op);
            }
            if (!configs.isEmpty()) admin.incrementalAlterConfigs(configs).all().get();
            for (var grow : c.withObject("partitions").properties())
                admin.createPartitions(Map.of(grow.getKey(), NewPartitions.increaseTo(grow.getValue().asInt()))).all().get();
            for (JsonNode one : c.withArray("deleteRecords")) {
                var partition = new TopicPartition(one.get("topic").asText(), one.get("partition").asInt());
                long end = admin.listOffsets(Map.of(partition, OffsetSpec.latest())).partitionResult(partition).get().offset();
                admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(end - one.get("keep").asLong()))).all().get();
            }
            List<String> topics = texts(c.withArray("deleteTopics"));
            if (!topics.isEmpty()) admin.deleteTopics(topics).all().get();
            List<String> groups = texts(c.withArray("deleteGroups"));
            if (!groups.isEmpty()) admin.deleteConsumerGroups(groups).all().get();
        }
        return true;
    }

    /**
     * Metadata that only a broker with security has requests for (ACLs, SCRAM credentials, quotas), and the levels of
     * features: what is at 0 in a folder that Ottla began is raised as an operator would.
     */
    static Object secure(String bootstrap) throws Exception {
        try (var admin = admin(bootstrap)) {
            var finalized = admin.describeFeatures().featureMetadata().get().finalizedFeatures();
            var levels = new TreeMap<>(Map.of("share.version", (short) 1, "group.version", (short) 1, "transaction.version", (short) 2));
            levels.keySet().removeAll(finalized.keySet());
            var updates = new HashMap<String, FeatureUpdate>();
            levels.forEach((name, level) -> updates.put(name, new FeatureUpdate(level, FeatureUpdate.UpgradeType.UPGRADE)));
            if (!updates.isEmpty()) admin.updateFeatures(updates, new UpdateFeaturesOptions()).all().get();
            admin.createAcls(List.of(
                new AclBinding(new ResourcePattern(ResourceType.TOPIC, "orders", PatternType.PREFIXED),
                    new AccessControlEntry("User:alice", "*", AclOperation.READ, AclPermissionType.ALLOW)),
                new AclBinding(new ResourcePattern(ResourceType.GROUP, "*", PatternType.LITERAL),
                    new AccessControlEntry("User:mallory", "10.0.0.1", AclOperation.ALL, AclPermissionType.DENY)))).all().get();
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion("alice",
                new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), "secret"))).all().get();
            admin.alterClientQuotas(List.of(new ClientQuotaAlteration(new ClientQuotaEntity(Map.of("user", "alice")),
                List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 1e9))))).all().get();
        }
        return true;
    }

    // ---- records ----

    static Map<String, Object> producing(String bootstrap, JsonNode lane, boolean untilFails) {
        var config = new HashMap<String, Object>(Map.of("bootstrap.servers", bootstrap, "acks", "all", "linger.ms", 2, "batch.size", 6000,
            "compression.type", lane.get("codec").asText(), "enable.idempotence", lane.path("idempotent").asBoolean(true),
            "delivery.timeout.ms", untilFails ? 3000 : 120_000, "request.timeout.ms", untilFails ? 2000 : 5000, "max.block.ms", untilFails ? 3000 : 120_000));
        if (lane.has("transactional")) {
            config.put("transactional.id", lane.get("transactional").asText());
            config.put("transaction.timeout.ms", 15_000);
        }
        return config;
    }

    /**
     * Writes the records FIRST..FIRST+COUNT of each lane, lanes beside each other; with "until-fails" until the broker is
     * gone, which is then no error. Every acknowledged record is a line "partition offset timestamp hash" of FOLDER/TOPIC.
     * A transactional lane aborts each third transaction; its records count as acknowledged when the transaction is.
     */
    static Object write(String bootstrap, JsonNode c) throws Exception {
        boolean untilFails = c.path("untilFails").asBoolean();
        Path folder = Path.of(c.get("folder").asText());
        Files.createDirectories(folder);
        var written = new AtomicLong();
        var lanes = new ArrayList<Future<?>>();
        for (JsonNode lane : c.get("lanes")) lanes.add(threads.submit(() -> {
            writeLane(bootstrap, c.get("seed").asInt(), lane, folder, untilFails, written);
            return null;
        }));
        for (var lane : lanes) lane.get();
        return written.get();
    }

    static void writeLane(String bootstrap, int seed, JsonNode lane, Path folder, boolean untilFails, AtomicLong written) throws Exception {
        String topic = lane.get("topic").asText();
        int partitions = lane.get("partitions").asInt(), first = lane.get("first").asInt(), count = lane.get("count").asInt();
        boolean transactional = lane.has("transactional");
        var failure = new AtomicReference<Throwable>();
        var producer = new KafkaProducer<>(producing(bootstrap, lane, untilFails), new ByteArraySerializer(), new ByteArraySerializer());
        try (var log = new PrintWriter(new BufferedWriter(new FileWriter(folder.resolve(topic).toFile(), true)))) {
            if (transactional) producer.initTransactions();
            var batch = new ArrayList<Future<RecordMetadata>>();
            var hashes = new ArrayList<String>();
            for (int index = first; index < first + count && failure.get() == null; index++) {
                if (transactional && batch.isEmpty()) producer.beginTransaction();
                var record = recordOf(seed, index, topic, partitions);
                String hash = hashOf(record.key(), record.value(), record.headers().toArray());
                batch.add(producer.send(record, (meta, error) -> {
                    if (error != null) failure.compareAndSet(null, error);
                    else if (!transactional) log.print(line(meta, hash));
                    written.incrementAndGet();
                }));
                hashes.add(hash);
                if (transactional && (batch.size() == 40 || index == first + count - 1)) {
                    boolean abort = (index / 40) % 3 == 2;
                    producer.flush();
                    if (abort) producer.abortTransaction(); else producer.commitTransaction();
                    for (int i = 0; i < batch.size() && !abort; i++) log.print(line(batch.get(i).get(), hashes.get(i)));
                    batch.clear();
                    hashes.clear();
                } else if (!transactional && batch.size() >= 200) {
                    batch.get(0).get();  // no more than this ahead, so that a kill finds the lanes at work
                    batch.clear();
                    hashes.clear();
                }
                if (index % 50 == 0) log.flush();
            }
            if (failure.get() == null) producer.flush();
        } catch (ExecutionException | KafkaException error) {
            failure.compareAndSet(null, error);
        } finally {
            producer.close(failure.get() == null ? Duration.ofSeconds(20) : Duration.ZERO);
        }
        if (failure.get() != null && !untilFails) throw new ExecutionException(failure.get());
    }

    static String line(RecordMetadata meta, String hash) {
        return meta.partition() + " " + meta.offset() + " " + meta.timestamp() + " " + hash + "\n";
    }

    /** A transaction with records and with offsets of a group, left open: its producer just goes away. */
    static Object openTransaction(String bootstrap, JsonNode c) throws Exception {
        String topic = c.get("topic").asText();
        var consuming = Map.<String, Object>of("bootstrap.servers", bootstrap, "group.id", c.get("group").asText());
        var producer = new KafkaProducer<>(producing(bootstrap, c, false), new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        try (var consumer = new KafkaConsumer<>(consuming, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            for (boolean commit : new boolean[] {true, false}) {
                producer.beginTransaction();
                for (int i = 0; i < 5; i++) producer.send(new ProducerRecord<>(topic, 0, null, ("open-" + i).getBytes()));
                producer.flush();
                producer.sendOffsetsToTransaction(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(commit ? 3 : 5)), consumer.groupMetadata());
                if (commit) producer.commitTransaction();
            }
        }
        producer.close(Duration.ZERO);
        return true;
    }

    static ProducerRecord<byte[], byte[]> recordOf(int seed, int index, String topic, int partitions) {
        var next = new SplittableRandom(seed * 1_000_003L + index);
        int partition = index % partitions;
        long timestamp = System.currentTimeMillis() - next.nextInt(60_000);
        int key = next.nextInt(300);
        List<Header> headers = new ArrayList<>();
        for (int i = next.nextInt(4) - 1; i > 0; i--) headers.add(new RecordHeader("h" + next.nextInt(5), next.nextInt(6) == 0 ? null : bytes(next, next.nextInt(12))));
        byte[] value = next.nextInt(20) == 0 ? null : bytes(next, next.nextInt(400));
        // Only compacted topics insist on keys; elsewhere they are also missing or empty.
        byte[] keyBytes = key < 30 && !topic.startsWith("compact") ? key < 10 ? new byte[0] : null : ("key-" + key).getBytes();
        return new ProducerRecord<>(topic, partition, timestamp, keyBytes, value, headers);
    }

    static byte[] bytes(SplittableRandom next, int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) bytes[i] = (byte) (i % 3 == 0 ? next.nextInt() : 'a');
        return bytes;
    }

    /**
     * Reads every record of every partition, internal topics too, with both isolation levels. Each partition has a file
     * FOLDER/ISOLATION/TOPIC-N of lines "offset timestamp type epoch hash key" (the key hashed, behind - where the value is null), and in
     * the answer where it begins and ends and a digest of its file.
     */
    static Object read(String bootstrap, Path folder) throws Exception {
        var result = new TreeMap<String, Object>();
        for (String isolation : List.of("read_committed", "read_uncommitted")) result.put(isolation, readAs(bootstrap, isolation, folder.resolve(isolation)));
        return result;
    }

    static Object readAs(String bootstrap, String isolation, Path folder) throws Exception {
        Files.createDirectories(folder);
        var config = Map.<String, Object>of("bootstrap.servers", bootstrap, "isolation.level", isolation, "fetch.max.wait.ms", 100,
            "max.poll.records", 5000, "allow.auto.create.topics", false);
        var result = new TreeMap<String, Object>();
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = consumer.listTopics(Duration.ofSeconds(30)).values().stream().flatMap(List::stream)
                .map(info -> new TopicPartition(info.topic(), info.partition())).toList();
            var begins = consumer.beginningOffsets(all, Duration.ofSeconds(30));
            var ends = consumer.endOffsets(all, Duration.ofSeconds(30));
            var files = new HashMap<TopicPartition, PrintWriter>();
            var digests = new HashMap<TopicPartition, MessageDigest>();
            var counts = new HashMap<TopicPartition, Long>();
            for (var partition : all) {
                files.put(partition, new PrintWriter(new BufferedWriter(new FileWriter(folder.resolve(partition.toString()).toFile()))));
                digests.put(partition, MessageDigest.getInstance("SHA-256"));
            }
            consumer.assign(all);
            consumer.seekToBeginning(all);
            var open = new HashSet<>(all);
            long last = System.nanoTime();
            while (true) {
                // By position and not by record: what ends a partition may be a marker, or a batch that compaction emptied.
                open.removeIf(partition -> consumer.position(partition, Duration.ofSeconds(30)) >= ends.get(partition));
                if (open.isEmpty()) break;
                var records = consumer.poll(Duration.ofMillis(200));
                if (!records.isEmpty()) last = System.nanoTime();
                if (System.nanoTime() - last > 30e9) throw new IOException("no record for 30 s; partitions that do not reach their end: "
                    + open.stream().map(p -> p + " at " + consumer.position(p) + " of " + ends.get(p)).toList());
                for (var r : records) {
                    var partition = new TopicPartition(r.topic(), r.partition());
                    String text = r.offset() + " " + r.timestamp() + " " + r.timestampType().id + " " + r.leaderEpoch().orElse(-1) + " "
                        + hashOf(r.key(), r.value(), r.headers().toArray()) + " " + (r.value() == null ? "-" : "+") + hashOf(r.key(), null, new Header[0]) + "\n";
                    files.get(partition).print(text);
                    digests.get(partition).update(text.getBytes(StandardCharsets.US_ASCII));
                    counts.merge(partition, 1L, Long::sum);
                }
            }
            for (var partition : all) {
                files.get(partition).close();
                result.put(partition.toString(), Map.of("begin", begins.get(partition), "end", ends.get(partition),
                    "count", counts.getOrDefault(partition, 0L), "digest", HexFormat.of().formatHex(digests.get(partition).digest(), 0, 8)));
            }
        }
        return result;
    }

    static String hashOf(byte[] key, byte[] value, Header[] headers) {
        try {
            var hash = MessageDigest.getInstance("SHA-256");
            add(hash, key);
            add(hash, value);
            for (Header header : headers) {
                add(hash, header.key().getBytes(StandardCharsets.UTF_8));
                add(hash, header.value());
            }
            return HexFormat.of().formatHex(hash.digest(), 0, 8);
        } catch (java.security.NoSuchAlgorithmException error) {
            throw new IllegalStateException(error);
        }
    }

    static void add(MessageDigest hash, byte[] bytes) {
        hash.update(ByteBuffer.allocate(4).putInt(bytes == null ? -1 : bytes.length).flip());
        if (bytes != null) hash.update(bytes);
    }

    // ---- groups ----

    /**
     * Commits of many groups, ROUNDS times, each for all partitions of a topic: BASE + the round. Answers with each group's
     * last acknowledged offset; with "untilFails" the broker's end is no error.
     */
    static Object commit(String bootstrap, JsonNode c) throws Exception {
        String topic = c.get("topic").asText();
        boolean untilFails = c.path("untilFails").asBoolean();
        var last = new ConcurrentSkipListMap<String, Integer>();
        int partitions = c.get("partitions").asInt(), rounds = c.get("rounds").asInt(), base = c.path("base").asInt();
        var groups = new ArrayList<Future<?>>();
        for (String group : texts(c.withArray("groups"))) groups.add(threads.submit(() -> {
            var config = Map.<String, Object>of("bootstrap.servers", bootstrap, "group.id", group, "enable.auto.commit", false);
            try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
                consumer.assign(IntStream.range(0, partitions).mapToObj(p -> new TopicPartition(topic, p)).toList());
                for (int round = 0; round < rounds; round++) {
                    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
                    for (int p = 0; p < partitions; p++)
                        offsets.put(new TopicPartition(topic, p), new OffsetAndMetadata(base + round, Optional.of(0), "round " + round + " of " + group));
                    consumer.commitSync(offsets, Duration.ofSeconds(untilFails ? 2 : 30));
                    last.put(group, base + round);
                }
            } catch (KafkaException error) {
                if (!untilFails) throw error;
            }
            return null;
        }));
        for (var group : groups) group.get();
        return last;
    }

    /**
     * A member of a group reads at least COUNT records and commits what it has read. Answers with where it began and ended in
     * each partition.
     */
    static Object goOn(String bootstrap, JsonNode c) throws Exception {
        var config = new HashMap<String, Object>(Map.of("bootstrap.servers", bootstrap, "group.id", c.get("group").asText(), "enable.auto.commit", false,
            "auto.offset.reset", "earliest", "max.poll.records", 50, "fetch.max.wait.ms", 100));
        if (c.has("protocol")) config.put("group.protocol", c.get("protocol").asText());
        var from = new TreeMap<String, Long>();
        var to = new TreeMap<String, Long>();
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(c.get("topic").asText()));
            int count = 0;
            for (long end = System.nanoTime() + 30_000_000_000L; count < c.get("count").asInt() && System.nanoTime() < end;) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    String partition = record.topic() + "-" + record.partition();
                    from.putIfAbsent(partition, record.offset());
                    to.put(partition, record.offset() + 1);
                    count++;
                }
            }
            consumer.commitSync(Duration.ofSeconds(30));
            for (var partition : consumer.assignment()) to.put(partition.toString(), consumer.position(partition));
        }
        return Map.of("from", from, "to", to);
    }

    /** A share group reads and acknowledges some records. */
    static Object share(String bootstrap, JsonNode c) throws Exception {
        String group = c.get("group").asText();
        try (var admin = admin(bootstrap)) {
            admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, group),
                List.of(new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET)))).all().get();
        }
        var config = Map.<String, Object>of("bootstrap.servers", bootstrap, "group.id", group);
        int count = 0;
        try (var consumer = new KafkaShareConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(c.get("topic").asText()));
            for (long end = System.nanoTime() + 30_000_000_000L; count == 0 && System.nanoTime() < end;) count += consumer.poll(Duration.ofMillis(200)).count();
            consumer.commitSync(Duration.ofSeconds(10));
        }
        return count;
    }

    // ---- what the cluster says of itself ----

    static Object state(String bootstrap, JsonNode c) throws Exception {
        var result = new TreeMap<String, Object>();
        try (var admin = admin(bootstrap)) {
            result.put("clusterId", admin.describeCluster().clusterId().get());
            var names = admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get();
            var topics = new TreeMap<String, Object>();
            admin.describeTopics(names).allTopicNames().get().forEach((name, topic) -> topics.put(name,
                Map.of("id", topic.topicId().toString(), "partitions", topic.partitions().size(), "internal", topic.isInternal())));
            result.put("topics", topics);
            var resources = new ArrayList<ConfigResource>();
            names.forEach(name -> resources.add(new ConfigResource(ConfigResource.Type.TOPIC, name)));
            resources.add(new ConfigResource(ConfigResource.Type.BROKER, "1"));
            resources.add(new ConfigResource(ConfigResource.Type.BROKER, ""));
            var configs = new TreeMap<String, Object>();
            var dynamic = Set.of(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, ConfigEntry.ConfigSource.DYNAMIC_BROKER_CONFIG, ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
            admin.describeConfigs(resources).all().get().forEach((resource, config) -> {
                var own = new TreeMap<String, String>();
                config.entries().stream().filter(e -> e.source() == (resource.type() == ConfigResource.Type.TOPIC ? ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG
                    : resource.name().isEmpty() ? ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG : ConfigEntry.ConfigSource.DYNAMIC_BROKER_CONFIG))
                    .forEach(e -> own.put(e.name(), e.value()));
                configs.put(resource.type() + " " + resource.name(), own);
            });
            result.put("configs", configs);
            var features = new TreeMap<String, Object>();
            admin.describeFeatures().featureMetadata().get().finalizedFeatures().forEach((name, range) -> features.put(name, range.maxVersionLevel()));
            result.put("features", features);
            var groups = new TreeMap<String, Object>();
            for (var group : admin.listGroups().all().get()) {
                if (group.type().filter(type -> type == GroupType.SHARE).isPresent()) continue;
                var offsets = new TreeMap<String, String>();
                admin.listConsumerGroupOffsets(group.groupId()).partitionsToOffsetAndMetadata().get().forEach((partition, offset) ->
                    offsets.put(partition.toString(), offset == null ? "none" : offset.offset() + " " + offset.leaderEpoch().orElse(-1) + " " + offset.metadata()));
                groups.put(group.groupId(), offsets);
            }
            result.put("groups", groups);
            // What only one of the brokers has requests for, asked of that one.
            if (c.path("secured").asBoolean()) {
                result.put("acls", admin.describeAcls(AclBindingFilter.ANY).values().get().stream().map(AclBinding::toString).sorted().toList());
                result.put("scram", admin.describeUserScramCredentials().all().get().values().stream().map(Object::toString).sorted().toList());
                result.put("quotas", admin.describeClientQuotas(ClientQuotaFilter.all()).entities().get().toString());
            }
            for (String group : texts(c.withArray("shareGroups"))) {
                var offsets = new TreeMap<String, String>();
                admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec())).partitionsToOffsetInfo(group).get()
                    .forEach((partition, offset) -> offsets.put(partition.toString(), offset.startOffset() + ""));
                result.put("share " + group, offsets);
            }
        }
        return result;
    }

    static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
    }
}
