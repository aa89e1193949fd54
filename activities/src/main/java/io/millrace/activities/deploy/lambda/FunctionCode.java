package io.millrace.activities.deploy.lambda;

/** What a version runs. */
sealed interface FunctionCode {
  /** As Lambda says it of the function: tells whether the code is there already. */
  String sha256();

  /**
   * An archive sent with the request.
   *
   * @param zip of it
   */
  record Inline(FunctionZip zip) implements FunctionCode {
    @Override
    public String sha256() {
      return zip.codeSha256();
    }
  }

  /**
   * An archive that is too large for a request, in the store.
   *
   * @param sha256 base64
   */
  record Stored(String bucket, String key, String sha256) implements FunctionCode {}

  /**
   * An image.
   *
   * @param uri in a registry
   */
  record Image(String uri) implements FunctionCode {
    private static final String DIGEST = "@sha256:";

    /** Hexadecimal, of its manifest; empty when the reference does not say it. */
    @Override
    public String sha256() {
      int digest = uri.indexOf(DIGEST);
      return digest < 0 ? "" : uri.substring(digest + DIGEST.length());
    }
  }
}
