package io.millrace.inference.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.inference.runtime.Prediction;
import io.millrace.inference.runtime.Rows;
import io.millrace.inference.runtime.Schema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** A part that is being filled: rows of one version within one hour. Not thread-safe. */
final class Part {
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("'dt='yyyy-MM-dd'/hr='HH").withZone(ZoneOffset.UTC);
  private static final JsonFactory JSON = new JsonFactory();

  private final String source;
  private final String folder;
  private final String hour;
  private final Schema schema;
  private final ProfileBuilder profile;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final JsonGenerator out;
  private final Instant opened;
  private final Instant from;
  private Instant to;

  Part(String endpoint, Answered first, Instant opened) {
    this.opened = opened;
    schema = first.rows().schema();
    source = "/endpoints/" + endpoint;
    hour = HOUR.format(first.time());
    folder = first.folder() + hour + "/";
    from = first.time();
    to = from;
    List<Profile.Column> columns = new ArrayList<>();
    for (int i = 0; i < schema.size(); i++) {
      columns.add(
          new Profile.Column(
              schema.name(i), schema.isNumber(i) ? Feature.Kind.NUMBER : Feature.Kind.CATEGORY));
    }
    columns.add(new Profile.Column(PartProfile.PREDICTION, Feature.Kind.NUMBER));
    profile = new ProfileBuilder(columns);
    try {
      out = JSON.createGenerator(new GZIPOutputStream(bytes, 8192));
      out.setRootValueSeparator(null);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
  }

  /** True when the rows belong here: same hour, same schema. */
  boolean takes(Answered answered) {
    return schema == answered.rows().schema() && hour.equals(HOUR.format(answered.time()));
  }

  long rows() {
    return profile.rows();
  }

  /** When it was begun, by the writer's clock: rows that waited for a failing sink are older. */
  Instant opened() {
    return opened;
  }

  /** {@code predictions/<model>/<version>/dt=…/hr=…/}. */
  String folder() {
    return folder;
  }

  void add(Answered answered) {
    Rows rows = answered.rows();
    to = answered.time().isAfter(to) ? answered.time() : to;
    String time = answered.time().toString();
    try {
      for (int row = 0; row < rows.size(); row++) {
        line(answered, time, row, answered.predictions().get(row));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
  }

  private void line(Answered answered, String time, int row, Prediction prediction)
      throws IOException {
    out.writeStartObject();
    out.writeStringField("specversion", "1.0");
    out.writeStringField("id", answered.requestId() + "#" + row);
    out.writeStringField("source", source);
    out.writeStringField("type", "io.millrace.prediction");
    out.writeStringField("time", time);
    out.writeObjectFieldStart("data");
    out.writeStringField("model", answered.model());
    out.writeNumberField("version", answered.version());
    out.writeStringField("entity", answered.rows().entity(row));
    out.writeObjectFieldStart("features");
    List<Object> columns = answered.rows().columns();
    for (int i = 0; i < columns.size(); i++) {
      feature(i, columns.get(i), row);
    }
    out.writeEndObject();
    out.writeNumberField("score", prediction.score());
    out.writeStringField("prediction", prediction.label());
    out.writeNumberField("latencyMicros", answered.latencyMicros());
    out.writeEndObject();
    out.writeEndObject();
    out.writeRaw('\n');
    profile.add(schema.size(), prediction.score());
    profile.endRow();
  }

  private void feature(int i, Object column, int row) throws IOException {
    out.writeFieldName(schema.name(i));
    if (column instanceof double[] numbers) {
      double value = numbers[row];
      if (Double.isNaN(value)) {
        out.writeNull();
      } else if (value == Math.rint(value) && Math.abs(value) < 1e15) {
        out.writeNumber((long) value);
      } else {
        out.writeNumber(value);
      }
      profile.add(i, value);
    } else {
      String value = ((@Nullable String[]) column)[row];
      out.writeString(value);
      profile.add(i, value);
    }
  }

  /** Ends the part. @return gzipped JSON lines; call once */
  byte[] lines() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
    return bytes.toByteArray();
  }

  PartProfile profile() {
    return new PartProfile(from, to, rows(), profile.build());
  }
}
