package io.millrace.infra.market;

import java.util.List;
import java.util.Map;

/** EC2's XML where the market answers instead of the emulator (EC2 API reference, 2016-11-15). */
final class Answers {
  static final String OVERRIDES = "LaunchTemplateConfigs.1.Overrides.";
  private static final String SPACE = " xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"";

  private Answers() {}

  static String error(String code, String message) {
    return "<Response><Errors><Error><Code>"
        + code
        + "</Code><Message>"
        + escaped(message)
        + "</Message></Error></Errors><RequestID>market</RequestID></Response>";
  }

  /** An answer that knows nobody: what an API says that lost its index. */
  static String noInstances() {
    return "<DescribeInstancesResponse"
        + SPACE
        + "><requestId>market</requestId><reservationSet/></DescribeInstancesResponse>";
  }

  /** An instant fleet that found nothing: an error for each offering that was tried. */
  static String nothingLeft(List<Map<String, String>> overrides, Map<String, String> form) {
    boolean spot = "spot".equals(form.get("TargetCapacitySpecification.DefaultTargetCapacityType"));
    StringBuilder xml =
        new StringBuilder("<CreateFleetResponse")
            .append(SPACE)
            .append("><requestId>market</requestId><fleetId>fleet-market</fleetId><errorSet>");
    for (Map<String, String> override : overrides) {
      xml.append("<item><launchTemplateAndOverrides><overrides>")
          .append(element("instanceType", override.get("InstanceType")))
          .append(element("subnetId", override.get("SubnetId")))
          .append("</overrides></launchTemplateAndOverrides>")
          .append(element("lifecycle", spot ? "spot" : "on-demand"))
          .append(element("errorCode", "InsufficientInstanceCapacity"))
          .append(element("errorMessage", "There is no capacity of this type in this zone now."))
          .append("</item>");
    }
    return xml.append("</errorSet><fleetInstanceSet/></CreateFleetResponse>").toString();
  }

  static String element(String name, @org.jspecify.annotations.Nullable String value) {
    return value == null ? "" : "<" + name + ">" + escaped(value) + "</" + name + ">";
  }

  static String space() {
    return SPACE;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
