// franz-go's part in the real-input run. The records are those of real-input/records.mjs, which says what they are.
//
//	produce BOOTSTRAP SEED BASE_MS FOLDER TOPIC:PARTITIONS:CODEC:IDEMPOTENT:FIRST:COUNT...   logs "index partition offset timestamp hash"
//	read    BOOTSTRAP FOLDER TOPIC:PARTITIONS...                                     logs "partition offset timestamp hash"
//
// Logs are FOLDER/TOPIC.acked and FOLDER/TOPIC.read-franz-go. Ends with 1 as soon as a record cannot be sent or read.
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var ctx = context.Background()

// newClient makes a client that also goes on when a connection ends before its first answer: by default that is taken for
// a broker that wants TLS or SASL, but here it was killed in that moment.
func newClient(bootstrap string, options ...kgo.Opt) *kgo.Client {
	client, err := kgo.NewClient(append(options, kgo.SeedBrokers(bootstrap), kgo.AlwaysRetryEOF(), kgo.MetadataMinAge(100*time.Millisecond))...)
	must(err)
	return client
}

func main() {
	switch os.Args[1] {
	case "produce":
		seed, base, lanes := number(os.Args[3]), number(os.Args[4]), sync.WaitGroup{}
		for _, lane := range os.Args[6:] {
			lanes.Go(func() { produce(os.Args[2], int32(seed), base, os.Args[5], strings.Split(lane, ":")) })
		}
		lanes.Wait()
	case "read":
		read(os.Args[2], os.Args[3], os.Args[4:])
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	must(err)
	return n
}

func produce(bootstrap string, seed int32, base int64, folder string, lane []string) {
	topic, partitions, first, count := lane[0], uint32(number(lane[1])), int32(number(lane[4])), int32(number(lane[5]))
	codec := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(),
		"snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}[lane[2]]
	options := []kgo.Opt{kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerBatchCompression(codec), kgo.ProducerBatchMaxBytes(1 << 20), kgo.ProducerLinger(5 * time.Millisecond),
		kgo.MaxBufferedBytes(16 << 20)}
	if lane[3] != "true" {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	client := newClient(bootstrap, options...)
	file, err := os.Create(filepath.Join(folder, topic+".acked"))
	must(err)
	log, lock := bufio.NewWriter(file), sync.Mutex{}
	for index := first; index < first+count; index++ {
		record := recordOf(seed, base, index, topic, partitions)
		hash := hashOf(record)
		client.Produce(ctx, record, func(r *kgo.Record, err error) {
			must(err)
			lock.Lock()
			defer lock.Unlock()
			fmt.Fprintf(log, "%d %d %d %d %s\n", index, r.Partition, r.Offset, r.Timestamp.UnixMilli(), hash)
		})
		if index%256 == 0 {
			lock.Lock()
			log.Flush()
			lock.Unlock()
		}
	}
	must(client.Flush(ctx))
	log.Flush()
	must(file.Close())
}

func read(bootstrap, folder string, specs []string) {
	from, open, logs := map[string]map[int32]kgo.Offset{}, map[string]map[int32]int64{}, map[string]*bufio.Writer{}
	left := 0
	client := newClient(bootstrap)
	for _, spec := range specs {
		topic, _, _ := strings.Cut(spec, ":")
		// The list may fail while the broker comes back.
		var ends kadm.ListedOffsets
		var err error
		for try := 0; ; try++ {
			ends, err = kadm.NewClient(client).ListEndOffsets(ctx, topic)
			if err == nil {
				err = ends.Error()
			}
			if err == nil {
				break
			}
			if try == 100 {
				must(err)
			}
			time.Sleep(200 * time.Millisecond)
		}
		from[topic], open[topic] = map[int32]kgo.Offset{}, map[int32]int64{}
		ends.Each(func(end kadm.ListedOffset) {
			if end.Offset > 0 {
				from[topic][end.Partition], open[topic][end.Partition] = kgo.NewOffset().At(0), end.Offset
				left++
			}
		})
		file, err := os.Create(filepath.Join(folder, topic+".read-franz-go"))
		must(err)
		logs[topic] = bufio.NewWriter(file)
	}
	client.Close()
	consumer := newClient(bootstrap, kgo.ConsumePartitions(from))
	for left > 0 {
		consumer.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			fmt.Fprintf(logs[r.Topic], "%d %d %d %s\n", r.Partition, r.Offset, r.Timestamp.UnixMilli(), hashOf(r))
			if r.Offset == open[r.Topic][r.Partition]-1 {
				left--
			}
		})
		for _, log := range logs {
			log.Flush()
		}
	}
}

// ---- the records: see real-input/records.mjs ----

var words [16][]byte

func init() {
	for i := range words {
		words[i] = []byte(fmt.Sprintf("word-%d-%s ", i, "abcdefgh"[:1+i%8]))
	}
}

type numbers struct{ state uint32 }

func (n *numbers) next() uint32 {
	n.state += 0x9e3779b9
	z := n.state
	z = (z ^ z>>16) * 0x85ebca6b
	z = (z ^ z>>13) * 0xc2b2ae35
	return z ^ z>>16
}

func recordOf(seed int32, base int64, index int32, topic string, partitions uint32) *kgo.Record {
	n := &numbers{uint32(seed) ^ uint32(index)*0x9e3779b1}
	r := &kgo.Record{Topic: topic}
	r.Partition = int32(n.next() % partitions)
	r.Timestamp = time.UnixMilli(base + int64(n.next()%3_600_000))
	r.Key = keyOf(n)
	r.Headers = headersOf(n)
	r.Value = valueOf(n)
	return r
}

func keyOf(n *numbers) []byte {
	switch n.next() % 10 {
	case 0:
		return nil
	case 1:
		return []byte{}
	}
	return bytesOf(n, 1+n.next()%32)
}

func headersOf(n *numbers) (headers []kgo.RecordHeader) {
	for range []int{0, 0, 1, 3}[n.next()%4] {
		header := kgo.RecordHeader{Key: fmt.Sprint("h", n.next()%8)}
		switch n.next() % 8 {
		case 0:
		case 1:
			header.Value = []byte{}
		default:
			header.Value = make([]byte, 1+n.next()%24)
			for at := range header.Value {
				header.Value[at] = byte(97 + n.next()%26)
			}
		}
		headers = append(headers, header)
	}
	return
}

func valueOf(n *numbers) []byte {
	switch n.next() % 64 {
	case 0:
		return nil
	case 1:
		return []byte{}
	}
	var size uint32
	switch rank := n.next() % 1000; {
	case rank < 900:
		size = 10 + n.next()%490
	case rank < 990:
		size = 500 + n.next()%7500
	case rank < 999:
		size = 8000 + n.next()%92_000
	default:
		size = 100_000 + n.next()%900_001
	}
	switch n.next() % 3 {
	case 0:
		return bytesOf(n, size)
	case 1:
		return textOf(n, size)
	}
	block, bytes := bytesOf(n, 64), make([]byte, size)
	for at := 0; at < len(bytes); at += len(block) {
		copy(bytes[at:], block)
	}
	return bytes
}

func bytesOf(n *numbers, size uint32) []byte {
	bytes, at := make([]byte, size), uint32(0)
	for ; at+4 <= size; at += 4 {
		binary.LittleEndian.PutUint32(bytes[at:], n.next())
	}
	if at < size {
		for left := n.next(); at < size; at, left = at+1, left>>8 {
			bytes[at] = byte(left)
		}
	}
	return bytes
}

func textOf(n *numbers, size uint32) []byte {
	bytes, at := make([]byte, size), 0
	for at < len(bytes) {
		choice := n.next()
		for i := 0; i < 8 && at < len(bytes); i, choice = i+1, choice>>4 {
			at += copy(bytes[at:], words[choice&15])
		}
	}
	return bytes
}

func hashOf(r *kgo.Record) string {
	hash := sha256.New()
	length := func(n int) { binary.Write(hash, binary.BigEndian, int32(n)) }
	add := func(bytes []byte) {
		if bytes == nil {
			length(-1)
			return
		}
		length(len(bytes))
		hash.Write(bytes)
	}
	add(r.Key)
	add(r.Value)
	length(len(r.Headers))
	for _, header := range r.Headers {
		add([]byte(header.Key))
		add(header.Value)
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}
