// Package harness runs named cases, each with its own time limit.
package harness

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

type Case func(ctx context.Context)

var note string

// Note adds to the "ok" of the case that runs: what it left out.
func Note(text string) { note = " " + text }

// Offered is false where the broker is known to lack what the case is about;
// cases that also use it then leave that part out.
func Offered(name string) bool {
	return !slices.Contains(strings.Fields(os.Getenv("INTEROP_NOT_YET")), name)
}

// Run reports on every case named on the command line after BOOTSTRAP. A case
// fails by panicking; a nil case is one that the client does not offer.
func Run(cases map[string]Case, reasons map[string]string) {
	seconds, _ := strconv.Atoi(os.Getenv("INTEROP_TIMEOUT"))
	if seconds == 0 {
		seconds = 30
	}
	for _, name := range os.Args[2:] {
		body := cases[name]
		if body == nil {
			reason := reasons[name]
			if reason == "" {
				reason = "not offered by this client"
			}
			fmt.Println("n/a", name, reason)
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(seconds)*time.Second)
		done := make(chan string, 1)
		note = ""
		go func() {
			defer func() {
				if p := recover(); p != nil {
					fmt.Fprintf(os.Stderr, "%s: %v\n%s", name, p, debug.Stack())
					done <- "FAIL " + name + " " + strings.ReplaceAll(fmt.Sprint(p), "\n", " ")
				}
			}()
			body(ctx)
			done <- "ok " + name + note
		}()
		select {
		case line := <-done:
			fmt.Println(line)
		case <-time.After(time.Duration(seconds+1) * time.Second):
			fmt.Printf("FAIL %s no result within %d s\n", name, seconds)
		}
		cancel()
	}
}

func Check(ok bool, format string, args ...any) {
	if !ok {
		panic(fmt.Sprintf(format, args...))
	}
}

func Same(expected, got any, what string) {
	Check(reflect.DeepEqual(expected, got), "%s: expected %v, got %v", what, expected, got)
}

func Must(err error) {
	if err != nil {
		panic(err)
	}
}

func Get[T any](value T, err error) T {
	Must(err)
	return value
}

// Await polls until done returns true.
func Await(ctx context.Context, what string, done func() bool) {
	for !done() {
		Check(ctx.Err() == nil, "timed out waiting for %s", what)
		time.Sleep(50 * time.Millisecond)
	}
}

func Unique(prefix string) string {
	return prefix + "-" + strconv.FormatInt(time.Now().UnixNano(), 36) + strconv.FormatInt(rand.Int63n(46656), 36)
}

// Values returns "v<from>" to "v<to-1>".
func Values(from, to int) []string {
	var out []string
	for i := from; i < to; i++ {
		out = append(out, "v"+strconv.Itoa(i))
	}
	return out
}
