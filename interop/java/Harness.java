import java.util.List;
import java.util.Map;
import java.util.concurrent.*;

/** Runs named cases, each on its own thread with its own time limit. */
class Harness {
    interface Case { void run() throws Exception; }

    private static final List<String> NOT_YET = List.of(System.getenv().getOrDefault("INTEROP_NOT_YET", "").split(" "));
    private static volatile String note = "";

    /** False where the broker is known to lack what the case is about; cases that also use it then leave that part out. */
    static boolean offered(String name) { return !NOT_YET.contains(name); }

    /** Printed behind the "ok" of the case that runs: what it left out. */
    static void note(String text) { note = " " + text; }

    static void run(Map<String, Case> cases, List<String> wanted) {
        long limit = Long.parseLong(System.getenv().getOrDefault("INTEROP_TIMEOUT", "30"));
        ExecutorService pool = Executors.newCachedThreadPool();
        for (String name : wanted) {
            Case body = cases.get(name);
            if (body == null) { System.out.println("n/a " + name + " not offered by this client"); continue; }
            note = "";
            Future<?> run = pool.submit(() -> { body.run(); return null; });
            try {
                run.get(limit, TimeUnit.SECONDS);
                System.out.println("ok " + name + note);
            } catch (TimeoutException e) {
                run.cancel(true);
                System.out.println("FAIL " + name + " no result within " + limit + " s");
            } catch (Exception e) {
                Throwable cause = e;
                while (cause.getCause() != null) cause = cause.getCause();
                cause.printStackTrace();
                System.out.println("FAIL " + name + " " + cause.toString().replace('\n', ' '));
            }
        }
        System.exit(0);
    }

    static void check(boolean ok, String what) {
        if (!ok) throw new AssertionError(what);
    }

    static void same(Object expected, Object got, String what) {
        check(expected.equals(got), what + ": expected " + expected + ", got " + got);
    }

    static String unique(String prefix) {
        return prefix + "-" + Long.toString(System.nanoTime(), 36) + Integer.toString(ThreadLocalRandom.current().nextInt(46656), 36);
    }
}
