package io.millrace.activities.deploy.docker;

import io.millrace.activities.image.ModelImage;

/**
 * One container that serves a version.
 *
 * @param container its name in the engine
 * @param index 0, 1, … within its version
 * @param address of it in the endpoint's network, kept over restarts
 */
record Replica(String container, int version, int index, String address) {
  /** Its name in the proxy. */
  String server() {
    return "v" + version + "-" + index;
  }

  /** Where the proxy reaches it. */
  String socket() {
    return address + ":" + ModelImage.PORT;
  }
}
