package io.millrace.workflows.rollout;

import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;

/** Judges one stage of a rollout, look after look. */
interface StageJudge {
  /**
   * @param fresh of the new version since the stage began
   * @param old of the old version since then
   * @param last whether the bake is over
   */
  Judgement look(VersionTraffic fresh, VersionTraffic old, boolean last);
}
