import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** A thread pool, the fork-join pool and a timer; much garbage for G1 and loops hot enough for the JIT. */
public final class Workers {
    private static long mix(long value) {
        value ^= value >>> 33;
        value *= 0xff51afd7ed558ccdL;
        return value ^ (value >>> 29);
    }

    private static long work(int step, int part, Map<Integer, List<String>> memory) {
        long sum = 0;
        for (int i = 0; i < 20000; i++) {
            sum += mix(sum + (long) step * 1000 + part + i);
        }
        List<String> strings = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            strings.add("item " + mix(sum + i));
        }
        memory.put(step % 200, strings);
        for (List<String> old : memory.values()) {
            sum += old.get(step % 300).hashCode();
        }
        return sum;
    }

    public static void main(String[] arguments) throws Exception {
        Path go = Path.of(arguments[1]);
        int limit = arguments.length > 2 ? Integer.parseInt(arguments[2]) : -1;
        int parts = 4;
        ExecutorService pool = Executors.newFixedThreadPool(parts);
        ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
        AtomicLong ticks = new AtomicLong();
        timer.scheduleAtFixedRate(ticks::incrementAndGet, 5, 5, TimeUnit.MILLISECONDS);
        List<Map<Integer, List<String>>> memories = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            memories.add(new HashMap<>());
        }
        try (PrintStream output = new PrintStream(arguments[0])) {
            int step = 0;
            while (!Files.exists(go) && step != limit) {
                int now = step;
                List<Future<Long>> answers = new ArrayList<>();
                for (int part = 0; part < parts; part++) {
                    int number = part;
                    answers.add(pool.submit(() -> work(now, number, memories.get(number))));
                }
                long sum = 0;
                for (Future<Long> answer : answers) {
                    sum = sum * 31 + answer.get();
                }
                long parallel = IntStream.range(0, 20000).parallel().mapToLong(i -> mix(i + now)).sum();
                output.printf("step %d %x %x%n", step, sum, parallel);
                output.flush();
                step++;
            }
            output.printf("done %d%n", step);
        }
        pool.shutdown();
        timer.shutdown();
    }
}
