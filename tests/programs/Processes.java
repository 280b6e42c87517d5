import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** ProcessBuilder: conversations with long-lived children, pipelines, short commands from several threads. */
public final class Processes {
    private static String converse(int lines) throws Exception {
        Process child = new ProcessBuilder("tr", "a-z", "A-Z").start();
        StringBuilder all = new StringBuilder();
        try (PrintWriter to = new PrintWriter(child.getOutputStream(), false);
             BufferedReader from = new BufferedReader(new InputStreamReader(child.getInputStream()))) {
            for (int i = 0; i < lines; i++) {
                to.println("line " + i);
                to.flush();
                Thread.sleep(3);
            }
            to.close();
            for (String line = from.readLine(); line != null; line = from.readLine()) {
                all.append(line);
            }
        }
        return child.waitFor() + " " + Integer.toHexString(all.toString().hashCode());
    }

    private static String pipeline() throws Exception {
        List<Process> all = ProcessBuilder.startPipeline(List.of(
            new ProcessBuilder("sh", "-c", "for i in $(seq 50); do echo $i; sleep 0.005; done"),
            new ProcessBuilder("sort", "-rn"),
            new ProcessBuilder("md5sum")));
        String text = new String(all.get(2).getInputStream().readAllBytes()).substring(0, 8);
        for (Process process : all) {
            text += " " + process.waitFor();
        }
        return text;
    }

    private static int status(int wanted) throws Exception {
        return new ProcessBuilder("sh", "-c", "exit " + wanted).start().waitFor();
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createDirectories(Path.of(arguments[0])), go = Path.of(arguments[1]);
        ExecutorService pool = Executors.newFixedThreadPool(3);
        do {
            Future<String> talk = pool.submit(() -> converse(150)), pipe = pool.submit(Processes::pipeline);
            Path log = directory.resolve("log");
            Process logged = new ProcessBuilder("seq", "500").redirectOutput(log.toFile()).start();
            int sum = 0;
            for (int i = 0; i < 30; i++) {
                sum += status(i);
            }
            System.out.println("statuses " + sum + " seq " + logged.waitFor() + " " + Files.readAllLines(log).size());
            System.out.println("tr " + talk.get() + " pipeline " + pipe.get());
        } while (!Files.exists(go));
        pool.shutdown();
        System.out.println("children " + ProcessHandle.current().children().count());
    }
}
