package io.millrace.activities.deploy.lambda;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;
import software.amazon.awssdk.services.lambda.model.LogType;

/**
 * How long instances of a version take to start and answer: several calls at once start as many
 * instances, and the platform's own report says what each took to start (or to be restored from a
 * snapshot) and to answer.
 */
final class StartMeasure {
  /** So many instances of a version that nobody called yet. */
  private static final int INSTANCES = 3;

  private static final Pattern TIMES =
      Pattern.compile("((?:Billed )?(?:Init |Restore )?)Duration: ([0-9.]+) ms");

  private final LambdaClient lambda;

  StartMeasure(LambdaClient lambda) {
    this.lambda = lambda;
  }

  /** Median milliseconds of start and first answer. */
  double millis(String function, String number) {
    try (ExecutorService calls = Executors.newFixedThreadPool(INSTANCES)) {
      List<CompletableFuture<Double>> each = new ArrayList<>();
      for (int i = 0; i < INSTANCES; i++) {
        each.add(CompletableFuture.supplyAsync(() -> one(function, number), calls));
      }
      return each.stream().map(CompletableFuture::join).sorted().toList().get(INSTANCES / 2);
    }
  }

  private double one(String function, String number) {
    long begun = System.nanoTime();
    InvokeResponse answer =
        LambdaErrors.call(
            "Invoke " + function + ":" + number,
            () ->
                lambda.invoke(
                    r ->
                        r.functionName(function)
                            .qualifier(number)
                            .logType(LogType.TAIL)
                            .payload(SdkBytes.fromUtf8String(FunctionProbe.READY))));
    Double reported = reported(answer.logResult());
    return reported != null ? reported : (System.nanoTime() - begun) / 1e6;
  }

  /** Of the line {@code REPORT}; null when there is none. @param log base64 */
  static @Nullable Double reported(@Nullable String log) {
    if (log == null) {
      return null;
    }
    String text = new String(Base64.getDecoder().decode(log), StandardCharsets.UTF_8);
    int report = text.lastIndexOf("REPORT ");
    if (report < 0) {
      return null;
    }
    double sum = 0;
    Matcher times = TIMES.matcher(text.substring(report));
    while (times.find()) {
      // what is billed is the same once more, rounded up
      sum += times.group(1).startsWith("Billed") ? 0 : Double.parseDouble(times.group(2));
    }
    return sum;
  }
}
