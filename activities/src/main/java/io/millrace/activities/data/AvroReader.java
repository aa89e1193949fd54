package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads Avro object container files (specification 1.12) into {@code raw} as texts: numbers keep
 * all their digits, dates and times become ISO-8601 in UTC, decimals are written out. Bytes,
 * arrays, maps and records are left out. Generic records only: no class is named by the data.
 */
final class AvroReader {
  private final DuckDb db;

  AvroReader(DuckDb db) {
    this.db = db;
  }

  List<RawColumn> read(StagedSource source, Partitions partitions) throws SQLException {
    Schema first = null;
    List<RawColumn> columns = new ArrayList<>();
    for (int f = 0; f < source.files().size(); f++) {
      try (DataFileReader<GenericRecord> reader = open(source.files().get(f))) {
        Schema schema = reader.getSchema();
        if (schema.getType() != Schema.Type.RECORD) {
          throw unreadable(source, " holds " + schema.getType() + " (expected: records)");
        }
        if (first == null) {
          first = schema;
          columns = partitions.add(columns(schema), source.shown());
          db.run(
              "CREATE TABLE raw ("
                  + String.join(", ", columns.stream().map(c -> c.sql() + " VARCHAR").toList())
                  + ")");
        } else if (!names(first).equals(names(schema))) {
          throw unreadable(
              source, " has files with different fields (expected: " + names(first) + " in each)");
        }
        append(
            reader, columns, partitions.keys().isEmpty() ? List.of() : partitions.values().get(f));
        // the library takes a file that ends within a block for one that ends before it
        if (reader.previousSync() != Files.size(source.files().get(f))) {
          throw unreadable(source, " is no whole Avro file (expected: one): it ends early");
        }
      } catch (IOException | AvroRuntimeException e) {
        throw unreadable(
            source, " is no whole Avro file (expected: one): " + e.getClass().getSimpleName());
      }
    }
    return columns;
  }

  private static DataFileReader<GenericRecord> open(Path file) throws IOException {
    return new DataFileReader<>(file.toFile(), new GenericDatumReader<>());
  }

  private static List<String> names(Schema schema) {
    return schema.getFields().stream().map(Schema.Field::name).toList();
  }

  private static List<RawColumn> columns(Schema schema) {
    List<RawColumn> columns = new ArrayList<>();
    for (Schema.Field field : schema.getFields()) {
      Family family =
          switch (plain(field.schema()).getType()) {
            case STRING, INT, LONG, FLOAT, DOUBLE, BOOLEAN, ENUM, NULL -> Family.TEXT;
            case BYTES, FIXED ->
                plain(field.schema()).getLogicalType() instanceof LogicalTypes.Decimal
                    ? Family.TEXT
                    : Family.OTHER;
            default -> Family.OTHER;
          };
      columns.add(new RawColumn(columns.size(), field.name(), family));
    }
    return columns;
  }

  /** Of a union with null, the other type. */
  private static Schema plain(Schema schema) {
    if (schema.getType() != Schema.Type.UNION) {
      return schema;
    }
    List<Schema> types =
        schema.getTypes().stream().filter(t -> t.getType() != Schema.Type.NULL).toList();
    return types.size() == 1 ? types.getFirst() : schema;
  }

  private void append(
      DataFileReader<GenericRecord> reader,
      List<RawColumn> columns,
      List<@Nullable String> partition)
      throws SQLException {
    List<Schema> types =
        reader.getSchema().getFields().stream().map(f -> plain(f.schema())).toList();
    int own = columns.size() - partition.size();
    @Nullable String[] row = new @Nullable String[columns.size()];
    for (int k = 0; k < partition.size(); k++) {
      row[own + k] = partition.get(k);
    }
    GenericRecord record = null;
    try (DuckDb.Rows rows = db.appendTo("raw")) {
      while (reader.hasNext()) {
        try {
          record = reader.next(record);
        } catch (IOException e) {
          throw new AvroRuntimeException(e);
        }
        for (int c = 0; c < own; c++) {
          boolean left = columns.get(c).family() == Family.OTHER;
          row[c] = left ? null : text(types.get(c), record.get(c));
        }
        rows.add(row);
      }
    }
  }

  private static @Nullable String text(Schema type, @Nullable Object value) {
    if (value == null) {
      return null;
    }
    return switch (type.getLogicalType()) {
      case LogicalTypes.Decimal decimal -> decimal(value, decimal.getScale());
      case LogicalTypes.Date date -> LocalDate.ofEpochDay((Integer) value).toString();
      case LogicalTypes.TimestampMillis millis -> Instant.ofEpochMilli((Long) value).toString();
      case LogicalTypes.LocalTimestampMillis millis ->
          Instant.ofEpochMilli((Long) value).toString();
      case LogicalTypes.TimestampMicros micros -> micros(value);
      case LogicalTypes.LocalTimestampMicros micros -> micros(value);
      case null, default -> value.toString();
    };
  }

  private static String micros(Object value) {
    return Instant.EPOCH.plus((Long) value, ChronoUnit.MICROS).toString();
  }

  private static String decimal(Object value, int scale) {
    byte[] bytes;
    if (value instanceof GenericFixed fixed) {
      bytes = fixed.bytes();
    } else {
      ByteBuffer buffer = ((ByteBuffer) value).duplicate();
      bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
    }
    return new BigDecimal(new BigInteger(bytes), scale).toPlainString();
  }

  private static RuntimeException unreadable(StagedSource source, String what) {
    return Failures.of(FailureType.DATA_UNREADABLE, "source: " + source.shown() + what);
  }
}
