package io.millrace.events.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.events.EventSamples;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpCallTest {
  @Test
  void of_aRestApi_decodesTheBodyAndKnowsThePerson() throws IOException {
    HttpCall call = HttpCall.of(EventSamples.event("rest-api.json")).orElseThrow();

    assertThat(call.method()).isEqualTo("POST");
    assertThat(call.text()).isEqualTo("x\n3\n");
    assertThat(call.contentType()).isEqualTo("text/csv");
    assertThat(call.headers()).containsEntry("x-request-id", "r-1");
    assertThat(call.query()).containsEntry("model", "credit & co");
    assertThat(call.person()).isEqualTo("ann@example.com");
  }

  @Test
  void of_anHttpApi_readsTheRawQuery() throws IOException {
    HttpCall call = HttpCall.of(EventSamples.event("http-api.json")).orElseThrow();

    assertThat(call.method()).isEqualTo("POST");
    assertThat(call.query()).containsEntry("model", "credit & co").containsEntry("x", "1");
    assertThat(call.person()).isEqualTo("bob");
  }

  @Test
  void of_aLoadBalancer_decodesTheQuery() throws IOException {
    HttpCall call = HttpCall.of(EventSamples.event("load-balancer.json")).orElseThrow();

    assertThat(call.query()).containsEntry("model", "credit & co");
    assertThat(call.person()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"s3.json", "sns.json", "eventbridge.json", "direct.json", "sqs-scores.json"})
  void of_anotherEvent_isEmpty(String file) throws IOException {
    assertThat(HttpCall.of(EventSamples.event(file))).isEmpty();
  }

  @Test
  void of_aBodyThatIsNoBase64_saysSo() throws IOException {
    ObjectNode event = (ObjectNode) EventSamples.event("rest-api.json");
    event.put("body", "%%%");

    assertThatThrownBy(() -> HttpCall.of(event))
        .isInstanceOf(EventInvalid.class)
        .hasMessage("body: not base64 (expected: base64, as isBase64Encoded says)");
  }
}
