package io.millrace.workflows.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.workflows.port.compute.ComputeActivities.Market;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import io.millrace.workflows.port.compute.ComputeActivities.Placement;
import io.millrace.workflows.port.compute.ComputeActivities.Price;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BillTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final Offering HERE = new Offering("g5.xlarge", "zone-a");
  private static final Offering THERE = new Offering("g5.xlarge", "zone-b");
  private static final Offering NEXT_DOOR = new Offering("g5.xlarge", "zone-c");

  private final Bill bill = new Bill(Bill.State.EMPTY);

  private static Node node(String key, @Nullable Placement placement, Instant launched) {
    return new Node(key, "i-" + key, "ec2", launched, placement);
  }

  private static Placement spot() {
    return new Placement(HERE, Market.SPOT);
  }

  private static Instant after(long minutes) {
    return START.plus(Duration.ofMinutes(minutes));
  }

  private static List<Price> prices(double spot) {
    return List.of(new Price(HERE, Market.SPOT, spot), new Price(HERE, Market.ON_DEMAND, 1.2));
  }

  @Test
  void read_afterAPriceChange_countsEachHourAtItsPrice() {
    bill.open(node("a", spot(), START), START, START);
    bill.prices(prices(0.3), START);
    bill.prices(prices(0.6), after(60));
    bill.read(after(90));

    assertThat(bill.costs().spot()).isCloseTo(0.3 + 0.3, within(1e-9));
    assertThat(bill.costs().saved()).isCloseTo(1.8 - 0.6, within(1e-9));
    assertThat(bill.costs().hourly()).isEqualTo(0.6);
  }

  @Test
  void read_beforePricesAreKnown_isCountedWhenTheyAre() {
    bill.open(node("a", spot(), START), START, START);
    bill.read(after(30));
    assertThat(bill.costs().total()).isZero();
    assertThat(bill.costs().unpricedHours()).isEqualTo(0.5);

    bill.prices(prices(0.4), after(60));

    assertThat(bill.costs().spot()).isCloseTo(0.4, within(1e-9));
    assertThat(bill.costs().unpricedHours()).isZero();
  }

  @Test
  void offeringWithoutPrice_costsAsMuchAsTheDearestOfItsType() {
    bill.prices(
        List.of(new Price(HERE, Market.ON_DEMAND, 1.0), new Price(THERE, Market.ON_DEMAND, 1.5)),
        START);
    bill.open(node("a", new Placement(NEXT_DOOR, Market.ON_DEMAND), START), START, START);
    bill.read(after(60));

    assertThat(bill.costs().onDemand()).isEqualTo(1.5);
    assertThat(bill.costs().saved()).isZero();
  }

  @Test
  void close_withinTheFirstMinute_costsAMinute() {
    bill.prices(prices(0.6), START);
    bill.open(node("a", spot(), START), START, START);
    bill.close("a", START.plusSeconds(5), Duration.ofSeconds(30));

    assertThat(bill.costs().spot()).isCloseTo(0.01, within(1e-9));
    assertThat(bill.costs().lostSeconds()).isEqualTo(5);
    assertThat(bill.costs().lost()).isCloseTo(0.6 * 5 / 3600, within(1e-12));
    bill.close("a", after(60), Duration.ZERO);
    assertThat(bill.costs().spot()).isCloseTo(0.01, within(1e-9));
  }

  @Test
  void nodeWithoutMarket_costsNothing_andItsHoursCount() {
    bill.open(node("a", null, START), START, START);
    bill.close("a", after(30), Duration.ofSeconds(30));

    assertThat(bill.costs().total()).isZero();
    assertThat(bill.costs().nodeHours()).isEqualTo(0.5);
    assertThat(bill.costs().lostSeconds()).isEqualTo(30);
    assertThat(bill.costs().unpricedHours()).isZero();
  }

  @Test
  void until_isWhenTheBudgetIsSpentAtTodaysPrices() {
    bill.prices(prices(0.5), START);
    assertThat(bill.until(1)).isEmpty();
    bill.open(node("a", spot(), START), START, START);
    bill.open(node("b", spot(), START), START, START);
    bill.read(after(30));

    assertThat(bill.until(1)).contains(Duration.ofMinutes(30));
    assertThat(bill.until(0.5)).contains(Duration.ZERO);
  }

  @Test
  void state_readBack_goesOnWhereItWas() {
    bill.prices(prices(0.5), START);
    bill.open(node("a", spot(), START), START, START);
    bill.read(after(30));

    Bill again = new Bill(bill.state());
    again.read(after(60));

    assertThat(again.costs().spot()).isCloseTo(0.5, within(1e-9));
  }

  @Test
  void open_withAStartThatCannotBe_beginsNow() {
    bill.prices(prices(0.6), START);
    bill.open(node("a", spot(), START.minus(Duration.ofDays(300))), START, after(10));
    bill.read(after(70));

    assertThat(bill.costs().nodeHours()).isEqualTo(1);
  }
}
