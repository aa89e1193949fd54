package io.millrace.workflows.rollout;

import java.util.List;

/**
 * What a look at a new version's traffic says.
 *
 * @param broken what is wrong; empty when nothing is
 * @param sentence for a person
 */
record Judgement(List<String> broken, String sentence) {
  Judgement {
    broken = List.copyOf(broken);
  }

  boolean passed() {
    return broken.isEmpty();
  }
}
