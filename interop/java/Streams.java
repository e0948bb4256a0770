import java.nio.file.Files;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.state.*;

/** A Kafka Streams word count with a state store, exactly once where the broker has transactions. */
public class Streams extends Harness {
    public static void main(String[] args) {
        run(Map.of("streams-wordcount", () -> wordCount(args[0])), List.of(args).subList(1, args.length));
    }

    static void wordCount(String bootstrap) throws Exception {
        String app = unique("wordcount"), in = app + "-in", out = app + "-out";
        try (var admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic(in, 2, (short) 1), new NewTopic(out, 2, (short) 1))).all().get();
        }
        try (var p = new KafkaProducer<>(Map.of("bootstrap.servers", bootstrap), new StringSerializer(), new StringSerializer())) {
            for (String line : List.of("a b a", "b c", "a")) p.send(new ProducerRecord<>(in, line, line)).get();
        }
        var builder = new StreamsBuilder();
        builder.stream(in, Consumed.with(Serdes.String(), Serdes.String()))
            .flatMapValues(line -> List.of(line.split(" ")))
            .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
            .count(Materialized.as("counts"))
            .toStream().to(out, Produced.with(Serdes.String(), Serdes.Long()));
        String guarantee = offered("txn-commit") ? "exactly_once_v2" : "at_least_once";
        if (!offered("txn-commit")) note("(at least once; exactly once waits for txn-commit)");
        var config = new Properties();
        config.putAll(Map.of("application.id", app, "bootstrap.servers", bootstrap, "processing.guarantee", guarantee,
            "replication.factor", 1, "commit.interval.ms", 200, "auto.offset.reset", "earliest",
            "state.dir", Files.createTempDirectory("streams").toString()));
        var expected = Map.of("a", 3L, "b", 2L, "c", 1L);
        // The second round starts with an empty state folder and restores the store from its changelog.
        for (int round = 0; round < 2; round++) {
            config.put("state.dir", Files.createTempDirectory("streams").toString());
            try (var streams = new KafkaStreams(builder.build(), config)) {
                streams.start();
                Map<String, Long> stored = new HashMap<>();
                while (!stored.equals(expected)) {
                    Thread.sleep(100);
                    check(streams.state() != KafkaStreams.State.ERROR, "streams went to state ERROR");
                    if (streams.state() != KafkaStreams.State.RUNNING) continue;
                    try (var all = streams.store(StoreQueryParameters.fromNameAndType("counts", QueryableStoreTypes.<String, Long>keyValueStore())).all()) {
                        stored.clear();
                        all.forEachRemaining(e -> stored.put(e.key, e.value));
                    } catch (org.apache.kafka.streams.errors.InvalidStateStoreException e) { /* still moving */ }
                }
                streams.close(new KafkaStreams.CloseOptions().leaveGroup(true).timeout(Duration.ofSeconds(5)));
            }
        }
        Map<String, Long> seen = new HashMap<>();
        try (var c = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "group.id", app + "-check", "auto.offset.reset", "earliest",
                "isolation.level", "read_committed"), new StringDeserializer(), new LongDeserializer())) {
            c.subscribe(List.of(out));
            while (!seen.equals(expected)) c.poll(Duration.ofMillis(100)).forEach(r -> seen.put(r.key(), r.value()));
        }
    }
}
