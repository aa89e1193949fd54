package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.Table;
import io.millrace.activities.watch.multivariate.MultivariateDrift;
import io.millrace.workflows.port.watch.WatchActivities.MultivariateVerdict;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All columns of car-loan's ten windows together. */
class CarLoanTogetherTest {
  private static final CarLoan ANALYSIS = CarLoan.analysis();
  private static final Table REFERENCE = table(CarLoan.reference(), 20_000, 25_000);

  @ParameterizedTest
  @ValueSource(ints = {0, 5_000, 10_000, 15_000, 20_000})
  void verdicts_ofEachCleanChunk_areQuiet(int from) {
    assertThat(verdicts(from)).hasSize(2).noneMatch(MultivariateVerdict::drifted);
  }

  @ParameterizedTest
  @ValueSource(ints = {25_000, 30_000, 35_000, 40_000, 45_000})
  void verdicts_ofEachDriftedChunk_tellItFromTheReference(int from) {
    MultivariateVerdict classifier = verdicts(from).get(1);
    assertThat(classifier.drifted()).as(classifier.sentence()).isTrue();
    assertThat(classifier.effect()).isGreaterThan(0.75);
    assertThat(classifier.sentence()).contains("car_value");
  }

  @Test
  void verdicts_ofEqualRows_areEqual() {
    assertThat(verdicts(0)).isEqualTo(verdicts(0));
  }

  private static List<MultivariateVerdict> verdicts(int from) {
    return MultivariateDrift.verdicts(REFERENCE, table(ANALYSIS, from, from + 5_000), 0.1, 0.05);
  }

  private static Table table(CarLoan rows, int from, int to) {
    List<Table.Column> columns = new ArrayList<>();
    CarLoan.NUMBERS.forEach(c -> columns.add(new Table.Numbers(c, rows.numbers(c, from, to))));
    CarLoan.CATEGORIES.forEach(
        c -> columns.add(new Table.Categories(c, rows.texts(c, from, to).toArray(new String[0]))));
    return new Table(to - from, columns);
  }
}
