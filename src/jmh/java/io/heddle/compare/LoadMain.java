package io.heddle.compare;

import io.heddle.Heddle;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** The built-in load, a process of its own that takes commands; {@link LoadProcess} is the other end. */
public final class LoadMain {
    private final List<HttpClient> held = new ArrayList<>();

    private LoadMain() {}

    /** Takes commands until the input ends. */
    public static void main(String[] args) throws Exception {
        LoadMain load = new LoadMain();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        String line;
        while ((line = in.readLine()) != null) {
            System.out.println(load.answer(line.split(" ")));
        }
        System.exit(0);
    }

    private String answer(String[] words) throws InterruptedException, ExecutionException {
        int port = Integer.parseInt(words[1]);
        return switch (words[0]) {
            case "load" -> load(port, words);
            case "transfer" -> onCarrier(() -> Double.toString(Transfer.run(port, words[2])));
            case "hold" -> onCarrier(() -> hold(port, Integer.parseInt(words[2])));
            case "release" -> onCarrier(this::release);
            default -> throw new IllegalArgumentException("a command must be known: command=" + words[0]);
        };
    }

    private static String load(int port, String[] words) throws InterruptedException {
        OpenLoop loop = new OpenLoop(
                port,
                words[2],
                Integer.parseInt(words[3]),
                Double.parseDouble(words[4]),
                1_000_000_000L * Integer.parseInt(words[5]));
        return loop.run(() -> System.out.println("started")).format();
    }

    private String hold(int port, int connections) throws IOException {
        for (int i = 0; i < connections; i++) {
            HttpClient client = HttpClient.connect(port, "/");
            held.add(client);
            client.exchange();
        }
        return "held";
    }

    private String release() {
        held.forEach(HttpClient::close);
        held.clear();
        return "released";
    }

    private static String onCarrier(java.util.concurrent.Callable<String> task)
            throws InterruptedException, ExecutionException {
        try (var threads = Heddle.shared().newVirtualThreadPerTaskExecutor()) {
            Future<String> answer = threads.submit(task);
            return answer.get();
        }
    }
}
