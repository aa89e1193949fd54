package io.millrace.workflows.approval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApprovalLinkTest {
  private static final URI PAGE = URI.create("https://approve.example.com/answer");
  private static final byte[] KEY =
      "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8);
  private static final Instant NOW = Instant.parse("2026-03-02T10:00:00Z");
  private static final ApprovalLink LINK =
      new ApprovalLink(
          "ModelPipeline:credit:3", "risk & officer=ü", true, NOW.plusSeconds(60), null);

  private static Map<String, String> query(URI link) {
    Map<String, String> query = new HashMap<>();
    for (String part : link.getRawQuery().split("&")) {
      String[] pair = part.split("=", 2);
      query.put(pair[0], URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
    }
    return query;
  }

  @Test
  void verified_ofALinkAsItWasMade_givesItBack() {
    URI link = LINK.on(PAGE, KEY);

    assertThat(ApprovalLink.verified(query(link), KEY, NOW)).isEqualTo(LINK);
    assertThat(LINK.on(PAGE, KEY)).isEqualTo(link);
  }

  @Test
  void on_knownKey_signsAsRfc2104Says() throws Exception {
    ApprovalLink plain = new ApprovalLink("r", "o", false, Instant.ofEpochSecond(1), "ann");
    javax.crypto.Mac mac = javax.crypto.Mac.getInstance("HmacSHA256");
    mac.init(new javax.crypto.spec.SecretKeySpec(KEY, "HmacSHA256"));
    String text = "run=r&role=o&answer=decline&expires=1&who=ann";
    String signature =
        java.util.Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(
                mac.doFinal(("millrace-approval-v1?" + text).getBytes(StandardCharsets.UTF_8)));

    assertThat(plain.on(PAGE, KEY)).hasToString(PAGE + "?" + text + "&sig=" + signature);
  }

  @ParameterizedTest
  @CsvSource({
    "run, ModelPipeline:credit:4",
    "role, owner",
    "answer, decline",
    "answer, maybe",
    "expires, 9999999999",
    "expires, -1",
    "who, bob",
    "sig, AAAA",
    "sig, ''"
  })
  void verified_ofAChangedLink_isRefusedWithoutSayingWhere(String field, String value) {
    Map<String, String> query = query(LINK.on(PAGE, KEY));
    query.put(field, value);

    assertThatThrownBy(() -> ApprovalLink.verified(query, KEY, NOW))
        .isInstanceOf(ApprovalLink.Refused.class)
        .hasMessage("sig: not of this link (expected: the link as it was sent)");
  }

  @ParameterizedTest
  @CsvSource({"run", "role", "answer", "expires", "sig"})
  void verified_ofALinkWithoutAField_isRefused(String field) {
    Map<String, String> query = query(LINK.on(PAGE, KEY));
    query.remove(field);

    assertThatThrownBy(() -> ApprovalLink.verified(query, KEY, NOW))
        .isInstanceOf(ApprovalLink.Refused.class);
  }

  @Test
  void verified_withAnotherKey_isRefused() {
    byte[] other = KEY.clone();
    other[31] ^= 1;

    assertThatThrownBy(() -> ApprovalLink.verified(query(LINK.on(PAGE, KEY)), other, NOW))
        .isInstanceOf(ApprovalLink.Refused.class);
  }

  @Test
  void verified_fromItsExpiryOn_saysThatItExpired() {
    Map<String, String> query = query(LINK.on(PAGE, KEY));

    assertThat(ApprovalLink.verified(query, KEY, LINK.expires().minusMillis(1))).isEqualTo(LINK);
    ApprovalLink.Refused refused =
        catchThrowableOfType(
            ApprovalLink.Refused.class, () -> ApprovalLink.verified(query, KEY, LINK.expires()));
    assertThat(refused.expired()).isTrue();
    assertThat(refused).hasMessageContaining("expires: 2026-03-02T10:01:00Z (expected: after ");
  }

  @Test
  void use_ofOnePersonHoweverWritten_isOneUse() {
    assertThat(LINK.use(" Ann ")).isEqualTo(LINK.use("ann")).hasSize(32);
    assertThat(LINK.use("bob")).isNotEqualTo(LINK.use("ann"));
  }

  @Test
  void on_withAShortKeyOrABadPage_namesWhatIsWrong() {
    assertThatThrownBy(() -> LINK.on(PAGE, new byte[5]))
        .hasMessage("approval.key: 5 bytes (expected: at least 32)");
    assertThatThrownBy(() -> LINK.on(URI.create("https://x.example.com/?a=1"), KEY))
        .hasMessageContaining("approval.url: ");
  }
}
