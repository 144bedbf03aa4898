package countertrail;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.Patterns;

/**
 * Matches events against rules with the open-source engine, and tells what that takes.
 *
 * <p>The arguments are a file of rules and a file of events, one a line. The requests on standard input and their answers are
 * those that worker.go describes. Events are decoded to strings once, since that is what the engine takes.
 */
public final class Driver {
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final List<String> rules;
    private final List<String> events;
    private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    private Machine machine;

    /** Keeps the compiler from dropping matches whose result nobody uses. */
    private long found;

    private Driver(List<String> rules, List<String> events) {
        this.rules = rules;
        this.events = events;
    }

    public static void main(String[] args) throws Exception {
        Driver driver = new Driver(Files.readAllLines(Path.of(args[0])), Files.readAllLines(Path.of(args[1])));
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            driver.answer(line.split(" "));
            driver.out.flush();
        }
    }

    private void answer(String[] request) throws Exception {
        int n = request.length > 1 ? Integer.parseInt(request[1]) : 0;
        switch (request[0]) {
            case "build" -> build();
            case "answers" -> answers(n);
            case "round" -> measure(1, n);
            case "parallel" -> measure(2, n);
            default -> throw new IllegalArgumentException("no request " + request[0]);
        }
    }

    private void build() throws Exception {
        machine = null;
        long empty = liveHeap();
        long start = SYSTEM.getProcessCpuTime();
        Machine built = Machine.builder().build();
        for (int i = 0; i < rules.size(); i++) {
            for (Map<String, List<Patterns>> rule : JsonRuleCompiler.compile(rules.get(i))) {
                built.addPatternRule(Integer.toString(i), rule);
            }
        }
        long taken = SYSTEM.getProcessCpuTime() - start;
        machine = built;
        long heap = liveHeap() - empty;
        out.printf("{\"Build\":%d,\"All\":%d,\"Alone\":%d}%n", taken, heap, heap);
    }

    private static long liveHeap() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(20);
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private void answers(int n) {
        for (int i = 0; i < n; i++) {
            String answer;
            try {
                answer = machine.rulesForJSONEvent(events.get(i)).stream().map(Integer::valueOf).distinct().sorted()
                        .map(String::valueOf).collect(Collectors.joining(" "));
            } catch (Exception e) {
                answer = "error: " + e.toString().replace('\n', ' ');
            }
            out.println(answer);
        }
    }

    /** Lets so many threads match n events each. */
    private void measure(int threads, int n) throws Exception {
        long[] allocated = new long[threads];
        Thread[] all = new Thread[threads];
        long wall = System.nanoTime();
        long cpu = SYSTEM.getProcessCpuTime();
        if (threads == 1) { // in this thread, which has been warm for long
            long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
            match(n);
            allocated[0] = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        } else {
            for (int i = 0; i < threads; i++) {
                all[i] = new Thread(() -> match(n));
                all[i].start();
            }
            for (Thread t : all) {
                t.join();
            }
        }
        out.printf("{\"CPU\":%d,\"Wall\":%d,\"Allocs\":-1,\"Bytes\":%d}%n",
                SYSTEM.getProcessCpuTime() - cpu, System.nanoTime() - wall, allocated[0]);
    }

    private void match(int n) {
        long sum = 0;
        for (int i = 0; i < n; i++) {
            try {
                sum += machine.rulesForJSONEvent(events.get(i % events.size())).size();
            } catch (Exception e) {
                sum++;
            }
        }
        found += sum;
    }
}
