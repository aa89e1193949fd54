package io.millrace.activities.watch;

import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import java.util.ArrayList;
import java.util.List;

/** Profiles of the car-loan tables, the table's own scores as {@code prediction}. */
final class Profiles {
  private Profiles() {}

  /** Of one column of numbers. */
  static NumberProfile numbers(double[] values) {
    ProfileBuilder builder =
        new ProfileBuilder(List.of(new Profile.Column("x", Feature.Kind.NUMBER)));
    for (double value : values) {
      builder.add(0, value);
      builder.endRow();
    }
    return (NumberProfile) builder.build().column("x").orElseThrow();
  }

  static Profile of(CarLoan table, int from, int to) {
    List<Profile.Column> columns = new ArrayList<>();
    CarLoan.NUMBERS.forEach(c -> columns.add(new Profile.Column(c, Feature.Kind.NUMBER)));
    CarLoan.CATEGORIES.forEach(c -> columns.add(new Profile.Column(c, Feature.Kind.CATEGORY)));
    columns.add(new Profile.Column(ColumnDrift.PREDICTION, Feature.Kind.NUMBER));
    ProfileBuilder builder = new ProfileBuilder(columns);
    List<double[]> numbers = CarLoan.NUMBERS.stream().map(c -> table.numbers(c, from, to)).toList();
    List<List<String>> texts =
        CarLoan.CATEGORIES.stream().map(c -> table.texts(c, from, to)).toList();
    double[] scores = table.numbers("y_pred_proba", from, to);
    for (int row = 0; row < to - from; row++) {
      for (int c = 0; c < numbers.size(); c++) {
        builder.add(c, numbers.get(c)[row]);
      }
      for (int c = 0; c < texts.size(); c++) {
        builder.add(numbers.size() + c, texts.get(c).get(row));
      }
      builder.add(columns.size() - 1, scores[row]);
      builder.endRow();
    }
    return builder.build();
  }
}
