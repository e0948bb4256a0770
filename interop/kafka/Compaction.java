import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Fills compacted topics by Kafka's own producer, for compaction.mjs: every codec, idempotent and transactional producers
 * that commit, abort and leave open, tombstones, headers, timestamps that go back. The timestamps also decide where the
 * segments end (segment.ms), so that each topic has several.
 *
 *   java -cp 'LIBS/*' Compaction.java BOOTSTRAP SEED ROUND
 */
public final class Compaction {
    static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};
    static final long STEP_MS = 2_000;
    final String bootstrap;
    final Random random;
    final int round;
    /** Rises with every segment, a day behind the clock. */
    long time;

    Compaction(String bootstrap, long seed, int round) {
        this.bootstrap = bootstrap;
        this.random = new Random(seed * 31 + round);
        this.round = round;
        this.time = System.currentTimeMillis() - 24 * 3600_000L + round * 3600_000L;
    }

    public static void main(String[] args) throws Exception {
        Compaction compaction = new Compaction(args[0], Long.parseLong(args[1]), Integer.parseInt(args[2]));
        if (compaction.round == 1) compaction.createTopics(args[3]);
        for (String codec : CODECS) compaction.plain(codec);
        compaction.idempotent();
        compaction.transactional();
        compaction.appendTime();
        compaction.openTransaction();
        System.out.println("done");
    }

    void createTopics(String deleteRetentionMs) throws Exception {
        List<NewTopic> topics = new ArrayList<>();
        for (String codec : CODECS) topics.add(topic("plain-" + codec, deleteRetentionMs, Map.of()));
        topics.add(topic("idempotent", deleteRetentionMs, Map.of()));
        topics.add(topic("transactional", deleteRetentionMs, Map.of()));
        topics.add(topic("append-time", deleteRetentionMs, Map.of("message.timestamp.type", "LogAppendTime", "segment.bytes", "1048576")));
        topics.add(topic("open-transaction", deleteRetentionMs, Map.of()));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(topics).all().get();
        }
    }

    static NewTopic topic(String name, String deleteRetentionMs, Map<String, String> more) {
        Map<String, String> configs = new HashMap<>(Map.of(
            "cleanup.policy", "compact",
            "min.cleanable.dirty.ratio", "0.01",
            "segment.ms", "1000",
            "delete.retention.ms", deleteRetentionMs,
            "file.delete.delay.ms", "100",
            "index.interval.bytes", "1000"));
        configs.putAll(more);
        return new NewTopic(name, 1, (short) 1).configs(configs);
    }

    KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
        Map<String, Object> configs = new HashMap<>(Map.of(
            "bootstrap.servers", bootstrap,
            "key.serializer", ByteArraySerializer.class,
            "value.serializer", ByteArraySerializer.class,
            "linger.ms", 1000,
            "batch.size", 4000,
            "enable.idempotence", false));
        configs.putAll(more);
        return new KafkaProducer<>(configs);
    }

    /** Some records, which may become several batches: keys come again and again, one in eight is a tombstone. */
    void send(KafkaProducer<byte[], byte[]> producer, String topic, int count, int keys, int valueBytes) {
        for (int i = 0; i < count; i++) {
            byte[] key = ("key " + random.nextInt(keys)).getBytes();
            byte[] value = null;
            if (random.nextInt(8) > 0) {
                value = new byte[random.nextInt(valueBytes)];
                random.nextBytes(value);
                for (int at = value.length / 4; at < value.length; at++) value[at] = 'x';
            }
            long timestamp = time + random.nextInt(900) - 100;
            ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, null, timestamp, key, value);
            if (random.nextInt(4) == 0) {
                record.headers().add(new RecordHeader("header", new byte[] {1, 2, 3}));
                record.headers().add(new RecordHeader("none", (byte[]) null));
            }
            producer.send(record);
        }
        producer.flush();
    }

    void nextSegment() {
        time += STEP_MS;
    }

    void plain(String codec) {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("compression.type", codec, "acks", "1"))) {
            for (int segment = 0; segment < 8; segment++, nextSegment()) {
                for (int part = 0; part < 6; part++) send(producer, "plain-" + codec, 1 + random.nextInt(60), 150, 300);
            }
        }
    }

    void idempotent() {
        List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            producers.add(producer(Map.of("enable.idempotence", true, "acks", "all", "compression.type", CODECS[i])));
        }
        for (int segment = 0; segment < 8; segment++, nextSegment()) {
            for (int part = 0; part < 6; part++) {
                // Some fall silent, and what they have written is replaced by others.
                int last = Math.max(1, 4 - segment / 2);
                send(producers.get(random.nextInt(last)), "idempotent", 1 + random.nextInt(30), 60, 100);
            }
        }
        producers.forEach(KafkaProducer::close);
    }

    void transactional() {
        // Markers have the broker's time: records that are older would not end a segment any more.
        time = System.currentTimeMillis() + STEP_MS;
        List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            KafkaProducer<byte[], byte[]> producer = producer(Map.of(
                "enable.idempotence", true, "acks", "all", "transactional.id", "transactional-" + i, "compression.type", CODECS[i]));
            producer.initTransactions();
            producers.add(producer);
        }
        boolean[] open = new boolean[3];
        for (int segment = 0; segment < 10; segment++, nextSegment()) {
            for (int part = 0; part < 8; part++) {
                int who = random.nextInt(3);
                KafkaProducer<byte[], byte[]> producer = producers.get(who);
                if (!open[who]) producer.beginTransaction();
                open[who] = true;
                send(producer, "transactional", 1 + random.nextInt(10), 40, 60);
                if (random.nextInt(2) > 0) continue;
                end(producer);
                open[who] = false;
            }
        }
        for (int who = 0; who < 3; who++) {
            if (open[who]) end(producers.get(who));
            producers.get(who).close();
        }
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            nextSegment();
            send(producer, "transactional", 20, 40, 60);
            nextSegment();
            send(producer, "transactional", 1, 40, 60);
            nextSegment();
        }
    }

    void end(KafkaProducer<byte[], byte[]> producer) {
        if (random.nextInt(2) == 0) producer.commitTransaction();
        else producer.abortTransaction();
    }

    void appendTime() {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            for (int part = 0; part < 60; part++) {
                if (part % 20 == 19) pause(1200);
                send(producer, "append-time", 1 + random.nextInt(10), 30, 200);
            }
        }
    }

    static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    void openTransaction() throws Exception {
        time = System.currentTimeMillis() - 12 * 3600_000L;
        try (KafkaProducer<byte[], byte[]> plain = producer(Map.of())) {
            for (int segment = 0; segment < 3; segment++, nextSegment()) send(plain, "open-transaction", 40, 20, 50);
            if (round == 1) {
                KafkaProducer<byte[], byte[]> producer = producer(Map.of("enable.idempotence", true, "acks", "all",
                    "transactional.id", "left-open", "transaction.timeout.ms", 900_000));
                producer.initTransactions();
                producer.beginTransaction();
                send(producer, "open-transaction", 10, 20, 50);
                // Not ended, and not closed, which would abort it.
            }
            for (int segment = 0; segment < 3; segment++, nextSegment()) send(plain, "open-transaction", 40, 20, 50);
        }
    }
}
