package io.millrace.activities.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.runtime.RuntimeKind;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.spec.GateSpec.Severity;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RuntimesGateTest {
  private static final List<RuntimeKind> BOTH = List.of(RuntimeKind.JAVA, RuntimeKind.ONNX);

  private static Verdict judge(List<RuntimeKind> kinds, int rows, double apart) {
    Scored model = HandMade.binormal(new SplittableRandom(1), 60, 1);
    return new RuntimesGate()
        .judge(HandMade.of(model).where(new Evidence.Agreement(kinds, rows, apart)));
  }

  @Test
  void judge_withinTheCeiling_accepts_andStatesTheDifference() {
    Verdict verdict = judge(BOTH, 1000, 1e-5);
    assertThat(verdict).isInstanceOf(Verdict.Accepted.class);
    assertThat(verdict.sentence())
        .isEqualTo(
            "java and onnx score 1,000 rows at most 1.0e-05 apart; the ceiling 1.0e-05 holds.");
    assertThat(judge(List.of(RuntimeKind.ONNX), 1000, 0)).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void judge_aboveTheCeiling_blocks() {
    Verdict verdict = judge(BOTH, 1000, 1.1e-5);
    assertThat(verdict).isInstanceOf(Verdict.Rejected.class);
    assertThat(verdict.severity()).isEqualTo(Severity.BLOCK);
    assertThat(verdict.sentence()).contains("1.1e-05 apart").endsWith("does not hold.");
  }

  @Test
  void judge_whatCannotBeCompared_blocks() {
    assertThat(judge(BOTH, 0, Double.NaN)).isInstanceOf(Verdict.Rejected.class);
    assertThat(judge(BOTH, 10, Double.NaN)).isInstanceOf(Verdict.Rejected.class);
  }
}
