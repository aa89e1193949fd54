package io.millrace.activities.watch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** The car-loan example's tables, as text columns. */
record CarLoan(List<String> header, List<String[]> rows) {
  static final List<String> NUMBERS =
      List.of("car_value", "debt_to_income_ratio", "loan_length", "driver_tenure");
  static final List<String> CATEGORIES =
      List.of("salary_range", "repaid_loan_on_prev_car", "size_of_downpayment");

  static CarLoan reference() {
    return read("synthetic_car_loan_reference.csv.gz");
  }

  static CarLoan analysis() {
    return read("synthetic_car_loan_analysis.csv.gz");
  }

  static CarLoan targets() {
    return read("synthetic_car_loan_analysis_target.csv.gz");
  }

  double[] numbers(String column, int from, int to) {
    int c = header.indexOf(column);
    return rows.subList(from, to).stream().mapToDouble(r -> Double.parseDouble(r[c])).toArray();
  }

  List<String> texts(String column, int from, int to) {
    int c = header.indexOf(column);
    return rows.subList(from, to).stream().map(r -> r[c]).toList();
  }

  private static CarLoan read(String file) {
    Path root = Path.of(System.getenv("MILLRACE_ROOT"));
    Path path = root.resolve("infra/examples/car-loan/data").resolve(file);
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(path)), StandardCharsets.UTF_8))) {
      List<String> header = List.of(in.readLine().split(",", -1));
      List<String[]> rows = new ArrayList<>();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        rows.add(line.split(",", -1));
      }
      return new CarLoan(header, rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
