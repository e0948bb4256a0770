import java.io.*;
import java.nio.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.*;

/**
 * The Java client's part in the real-input run. The records are those of real-input/records.mjs, which says what they are.
 *   create  BOOTSTRAP TOPIC:PARTITIONS[:CONFIG=VALUE]...
 *   produce BOOTSTRAP SEED BASE_MS FOLDER TOPIC:PARTITIONS:CODEC:IDEMPOTENT:FIRST:COUNT...   logs "index partition offset timestamp hash"
 *   read    BOOTSTRAP FOLDER TOPIC:PARTITIONS...                                     logs "partition offset timestamp hash"
 * Logs are FOLDER/TOPIC.acked and FOLDER/TOPIC.read-java. Ends with 1 as soon as a record cannot be sent or read.
 */
public class RealInput {
    public static void main(String[] args) throws Exception {
        var rest = List.of(args);
        switch (args[0]) {
            case "create" -> create(args[1], rest.subList(2, rest.size()));
            case "produce" -> produce(args[1], Integer.parseInt(args[2]), Long.parseLong(args[3]), Path.of(args[4]), rest.subList(5, rest.size()));
            case "read" -> read(args[1], Path.of(args[2]), rest.subList(3, rest.size()));
            default -> throw new IllegalArgumentException(args[0]);
        }
        System.exit(0);
    }

    static void create(String bootstrap, List<String> specs) throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            var topics = specs.stream().map(spec -> {
                String[] part = spec.split(":");
                var configs = new HashMap<>(Map.of("retention.ms", "-1", "segment.bytes", "16777216"));
                for (int i = 2; i < part.length; i++) configs.put(part[i].split("=")[0], part[i].split("=")[1]);
                return new NewTopic(part[0], Integer.parseInt(part[1]), (short) 1).configs(configs);
            }).toList();
            admin.createTopics(topics).all().get();
        }
    }

    static void produce(String bootstrap, int seed, long base, Path folder, List<String> lanes) throws Exception {
        var failure = new AtomicReference<Exception>();
        var threads = lanes.stream().map(lane -> new Thread(() -> {
            try { produceLane(bootstrap, seed, base, folder, lane.split(":"), failure); } catch (Exception e) { failure.compareAndSet(null, e); }
        })).toList();
        threads.forEach(Thread::start);
        for (var thread : threads) thread.join();
        if (failure.get() != null) { failure.get().printStackTrace(); System.exit(1); }
    }

    static void produceLane(String bootstrap, int seed, long base, Path folder, String[] lane, AtomicReference<Exception> failure) throws Exception {
        String topic = lane[0];
        int partitions = Integer.parseInt(lane[1]), first = Integer.parseInt(lane[4]), count = Integer.parseInt(lane[5]);
        Map<String, Object> config = Map.of("bootstrap.servers", bootstrap, "acks", "all", "compression.type", lane[2],
            "enable.idempotence", lane[3], "linger.ms", 5, "batch.size", 65536, "buffer.memory", 16 << 20,
            "delivery.timeout.ms", 300_000, "max.block.ms", 300_000);
        try (var log = new PrintWriter(new BufferedWriter(new FileWriter(folder.resolve(topic + ".acked").toFile())));
             var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int index = first; index < first + count && failure.get() == null; index++) {
                var record = recordOf(seed, base, index, topic, partitions);
                String hash = hashOf(record.key(), record.value(), record.headers().toArray());
                int number = index;
                producer.send(record, (meta, error) -> {
                    if (error != null) failure.compareAndSet(null, error);
                    else log.print(number + " " + meta.partition() + " " + meta.offset() + " " + meta.timestamp() + " " + hash + "\n");
                });
                if (index % 256 == 0) log.flush();
            }
            producer.flush();
        }
    }

    static void read(String bootstrap, Path folder, List<String> specs) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", bootstrap, "auto.offset.reset", "earliest", "fetch.max.bytes", 16 << 20);
        Map<String, PrintWriter> logs = new HashMap<>();
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> parts = new ArrayList<>();
            for (String spec : specs) {
                String topic = spec.split(":")[0];
                for (int p = 0; p < Integer.parseInt(spec.split(":")[1]); p++) parts.add(new TopicPartition(topic, p));
                logs.put(topic, new PrintWriter(new BufferedWriter(new FileWriter(folder.resolve(topic + ".read-java").toFile()))));
            }
            consumer.assign(parts);
            consumer.seekToBeginning(parts);
            var ends = consumer.endOffsets(parts, Duration.ofMinutes(2));
            var open = new HashSet<>(parts);
            open.removeIf(part -> ends.get(part) == 0);
            while (!open.isEmpty()) {
                for (var r : consumer.poll(Duration.ofMillis(500))) {
                    logs.get(r.topic()).print(r.partition() + " " + r.offset() + " " + r.timestamp() + " " + hashOf(r.key(), r.value(), r.headers().toArray()) + "\n");
                    if (r.offset() >= ends.get(new TopicPartition(r.topic(), r.partition())) - 1) open.remove(new TopicPartition(r.topic(), r.partition()));
                }
                logs.values().forEach(PrintWriter::flush);
            }
        }
        logs.values().forEach(PrintWriter::close);
    }

    // ---- the records: see real-input/records.mjs ----

    static final byte[][] WORDS = new byte[16][];
    static { for (int i = 0; i < 16; i++) WORDS[i] = ("word-" + i + "-" + "abcdefgh".substring(0, 1 + i % 8) + " ").getBytes(StandardCharsets.US_ASCII); }

    /** Unsigned 32-bit numbers, as long. */
    static class Numbers {
        private int state;
        Numbers(int seed, int index) { state = seed ^ index * 0x9e3779b1; }
        int raw() {
            state += 0x9e3779b9;
            int z = state;
            z = (z ^ z >>> 16) * 0x85ebca6b;
            z = (z ^ z >>> 13) * 0xc2b2ae35;
            return z ^ z >>> 16;
        }
        int below(int limit) { return Integer.remainderUnsigned(raw(), limit); }
    }

    static ProducerRecord<byte[], byte[]> recordOf(int seed, long base, int index, String topic, int partitions) {
        var next = new Numbers(seed, index);
        int partition = next.below(partitions);
        long timestamp = base + next.below(3_600_000);
        byte[] key = keyOf(next);
        List<Header> headers = headersOf(next);
        return new ProducerRecord<>(topic, partition, timestamp, key, valueOf(next), headers);
    }

    static byte[] keyOf(Numbers next) {
        int kind = next.below(10);
        if (kind == 0) return null;
        return kind == 1 ? new byte[0] : bytesOf(next, 1 + next.below(32));
    }

    static List<Header> headersOf(Numbers next) {
        int count = new int[] {0, 0, 1, 3}[next.below(4)];
        List<Header> headers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String key = "h" + next.below(8);
            int kind = next.below(8);
            byte[] value = kind == 0 ? null : new byte[kind == 1 ? 0 : 1 + next.below(24)];
            for (int at = 0; value != null && at < value.length; at++) value[at] = (byte) (97 + next.below(26));
            headers.add(new RecordHeader(key, value));
        }
        return headers;
    }

    static byte[] valueOf(Numbers next) {
        int kind = next.below(64);
        if (kind == 0) return null;
        if (kind == 1) return new byte[0];
        int rank = next.below(1000);
        int size = rank < 900 ? 10 + next.below(490) : rank < 990 ? 500 + next.below(7500)
            : rank < 999 ? 8000 + next.below(92_000) : 100_000 + next.below(900_001);
        int form = next.below(3);
        if (form == 0) return bytesOf(next, size);
        return form == 1 ? textOf(next, size) : repeated(bytesOf(next, 64), size);
    }

    static byte[] bytesOf(Numbers next, int size) {
        var bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.remaining() >= 4) bytes.putInt(next.raw());
        if (bytes.hasRemaining()) for (int left = next.raw(); bytes.hasRemaining(); left >>>= 8) bytes.put((byte) left);
        return bytes.array();
    }

    static byte[] textOf(Numbers next, int size) {
        var bytes = ByteBuffer.allocate(size);
        while (bytes.hasRemaining()) {
            int choice = next.raw();
            for (int i = 0; i < 8 && bytes.hasRemaining(); i++, choice >>>= 4) {
                byte[] word = WORDS[choice & 15];
                bytes.put(word, 0, Math.min(word.length, bytes.remaining()));
            }
        }
        return bytes.array();
    }

    static byte[] repeated(byte[] block, int size) {
        byte[] bytes = new byte[size];
        for (int at = 0; at < size; at += block.length) System.arraycopy(block, 0, bytes, at, Math.min(block.length, size - at));
        return bytes;
    }

    static String hashOf(byte[] key, byte[] value, Header[] headers) {
        try {
            var hash = MessageDigest.getInstance("SHA-256");
            add(hash, key);
            add(hash, value);
            hash.update(ByteBuffer.allocate(4).putInt(headers.length).flip());
            for (Header header : headers) {
                add(hash, header.key().getBytes(StandardCharsets.UTF_8));
                add(hash, header.value());
            }
            return HexFormat.of().formatHex(hash.digest(), 0, 8);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static void add(MessageDigest hash, byte[] bytes) {
        hash.update(ByteBuffer.allocate(4).putInt(bytes == null ? -1 : bytes.length).flip());
        if (bytes != null) hash.update(bytes);
    }
}
