package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.data.PersonalData.Finding;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.spec.SourceSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against {@code pii_columns_given.json}, which was made by hand. */
class PersonalDataTest {
  @TempDir private Path root;

  static Path resource(String name) throws Exception {
    URL url = Objects.requireNonNull(PersonalDataTest.class.getResource("/data/" + name));
    return Path.of(url.toURI());
  }

  private List<Finding> find(Path file) throws Exception {
    return find(new SourceSpec(file.toString(), null, null));
  }

  private List<Finding> find(SourceSpec spec) throws Exception {
    try (DuckDb db = DuckDb.open(2, root)) {
      Staging staging =
          new Staging(
              root.resolve("staged"),
              new HttpSource(Duration.ofSeconds(1), Duration.ofSeconds(1)),
              () -> {
                throw new IllegalStateException("no S3 here");
              });
      StagedSource source = staging.stage(spec, null, null);
      return new PersonalData(db)
          .find(new SourceReader(db, Relation.file(db, "raw", root)).read(source, spec));
    }
  }

  private static List<String> golden(String file, String key) throws Exception {
    JsonNode golden = PayloadJson.mapper().readTree(resource("pii_columns_given.json").toFile());
    List<String> names = new ArrayList<>();
    golden.path(file).path(key).forEach(name -> names.add(name.asText().replaceFirst(" .*", "")));
    return names;
  }

  @ParameterizedTest
  @CsvSource({"userdata1.csv, 6", "FakeNameGenerator.com_3000.csv, 12"})
  void theColumnsOfPeople_areFoundAndNoOthers(String file, int columns) throws Exception {
    List<String> expected = golden(file, "pii");
    expected.addAll(golden(file, "pii_destroyed"));
    assertThat(expected).hasSize(columns);

    List<Finding> findings = find(resource(file + ".gz"));

    assertThat(findings).allMatch(Finding::whole);
    assertThat(findings.stream().map(f -> f.column().name()))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void counts_agreeWithTheGoldenFacts() throws Exception {
    List<Finding> findings = find(resource("userdata1.csv.gz"));
    assertThat(findings)
        .extracting(f -> f.column().name() + " " + f.recogniser() + " " + f.matches())
        .contains("email email 984", "ip_address ip-address 1000", "cc card 709");
    assertThat(find(resource("FakeNameGenerator.com_3000.csv.gz")))
        .extracting(f -> f.column().name() + " " + f.recogniser() + " " + f.matches())
        .contains("EmailAddress email 3000", "NationalID national-id 1041", "CCNumber card 3000");
  }

  @ParameterizedTest
  @ValueSource(strings = {"germancredit.csv.gz", "Bikeshare.csv.gz"})
  void tablesWithoutPeople_areSilent(String file) throws Exception {
    assertThat(find(resource(file))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "credit/data/UCI_Credit_Card.uci-layout.csv.gz",
        "car-loan/data/synthetic_car_loan_reference.csv.gz",
        "car-loan/data/synthetic_car_loan_analysis.csv.gz",
        "car-loan/data/synthetic_car_loan_analysis_target.csv.gz"
      })
  void theExamples_areSilent(String file) throws Exception {
    assertThat(find(Ingests.examples().resolve(file))).isEmpty();
  }

  @Test
  void pixels_areSilent() throws Exception {
    String pictures = Ingests.examples().resolve("mnist/data/mnist_5k.csv.gz").toString();
    assertThat(find(new SourceSpec(pictures, null, null, null, false))).isEmpty();
  }

  @Test
  void oneHotColumns_areSilentWhateverTheirNames() throws Exception {
    List<String> names =
        List.of(
            "email_opt_in",
            "phone",
            "phone_mobile",
            "has_phone",
            "card_type_visa",
            "iban_country_de",
            "first_name_anna",
            "gender_f",
            "ip_address_v6",
            "birth_date_missing",
            "passport",
            "ssn_known");
    StringBuilder csv = new StringBuilder(String.join(",", names)).append('\n');
    for (int row = 0; row < 2_000; row++) {
      for (int c = 0; c < names.size(); c++) {
        csv.append(c == 0 ? "" : ",").append(row * 31 % (c + 3) == 0 ? 1 : 0);
      }
      csv.append('\n');
    }
    assertThat(find(Files.writeString(root.resolve("hot.csv"), csv)))
        .extracting(f -> f.column().name())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "email, jo.o'neil+x@mail.example.co.uk, true",
    "email, jo@example, false",
    "card, 4111 1111 1111 1111, true",
    "card, 4111111111111112, false",
    "card, 0000000000000000, false",
    "iban, GB82 WEST 1234 5698 7654 32, true",
    "iban, DE89370400440532013000, true",
    "iban, DE89370400440532013001, false",
    "ip, 192.168.0.1, true",
    "ip, 256.1.1.1, false",
    "ip, 2001:db8::8a2e:370:7334, true",
    "ip, 12:30:45, false",
    "phone, +44 20 7946 0958, true",
    "phone, 20260101, false",
    "phone, +1234567890123456, false",
    "ssn, 123-45-6789, true",
    "ssn, 666-45-6789, false",
    "ssn, 123-00-6789, false"
  })
  void singleValues(String kind, String value, boolean known) {
    boolean found =
        switch (kind) {
          case "email" -> ValueRecognisers.EMAIL.knows(value);
          case "card" -> ValueRecognisers.CARD.knows(value);
          case "iban" -> ValueRecognisers.IBAN.knows(value);
          case "ip" -> ValueRecognisers.IPV4.knows(value) || ValueRecognisers.IPV6.knows(value);
          case "phone" -> ValueRecognisers.PHONE.knows(value);
          default -> NationalIds.SSN.knows(value);
        };
    assertThat(found).isEqualTo(known);
  }

  @ParameterizedTest
  @CsvSource({
    "customer_first_name, person-name",
    "date_of_birth, birth-date",
    "ssn, national-id",
    "creditCardNumber, card",
    "account_number, bank-account",
    "home_address, street-address",
    "NameSet, ''",
    "CCType, ''",
    "email_opt_in, ''",
    "ip_address, ''",
    "number_of_existing_credits_at_this_bank, ''",
    "birth_rate, ''",
    "PatientName, person-name",
    "patient_id, patient-id",
    "PatientBirthDate, birth-date",
    "'(0010,0020)', patient-id",
    "0010_0010, person-name",
    "'(0010,0040)', ''",
    "PatientSex, ''",
    "20101010, ''",
    "geburtsdatum, birth-date",
    "nhs_number, national-id"
  })
  void namesOfColumns(String name, String recogniser) {
    assertThat(NameRecognisers.of(name).orElse("")).isEqualTo(recogniser);
  }

  @ParameterizedTest
  @CsvSource({
    "123-45-6789, 000-45-6789",
    "AB 12 34 56 C, BG123456C",
    "12345678Z, 12345678A",
    "X1234567L, X1234567M",
    "RSSMRA85T10A562S, RSSMRA85T10A562T",
    "131052-308T, 131052-308U",
    "529.982.247-25, 529.982.247-26",
    "44051401359, 44051401358",
    "86095742719, 86095742718",
    "943 476 5919, 943 476 5918",
    "111222333, 111222334",
    "811218-9876, 811218-9877",
    "255081416802538, 255081416802539",
    "11010519491231002X, 110105194912310021",
    "2341 2341 2346, 2341 2341 2345"
  })
  void nationalIds_areToldByTheirCheckDigits(String sound, String broken) {
    assertThat(NationalIds.ALL).anyMatch(r -> r.knows(sound));
    assertThat(NationalIds.ALL).noneMatch(r -> r.knows(broken));
  }

  private Path written(String header, java.util.stream.Stream<String> rows) throws Exception {
    List<String> lines = new ArrayList<>(List.of(header));
    rows.forEach(lines::add);
    return java.nio.file.Files.write(root.resolve("written.csv"), lines);
  }

  @Test
  void digitsThatPassByChance_areNoNationalIds() throws Exception {
    Path file =
        written(
            "number,other,amount",
            java.util.stream.IntStream.range(0, 3000)
                .mapToObj(i -> (100000000 + i) + "," + (20000000000L + 7L * i) + "," + i * 1.37));
    assertThat(find(file)).isEmpty();
  }

  @Test
  void columnsOfAnotherName_areFoundByTheirValues() throws Exception {
    List<String> lines = new ArrayList<>();
    try (var in =
        new java.io.BufferedReader(
            new java.io.InputStreamReader(
                new java.util.zip.GZIPInputStream(
                    resource("userdata1.csv.gz").toUri().toURL().openStream()),
                java.nio.charset.StandardCharsets.UTF_8))) {
      in.lines().forEach(lines::add);
    }
    String header = "a,b,c,d,e,f,g,h,i,j,k,l,m";
    Path file = written(header, lines.stream().skip(1));

    assertThat(find(file))
        .extracting(f -> f.column().name() + " " + f.recogniser() + " " + f.matches())
        .containsExactly(
            "c person-name 984",
            "d person-name 1000",
            "e email 984",
            "g ip-address 1000",
            "h card 709");
  }

  @Test
  void freeText_isReadForWhatStandsInIt() throws Exception {
    List<String> templates =
        java.nio.file.Files.readAllLines(
            resource("presidio_templates.txt"), java.nio.charset.StandardCharsets.ISO_8859_1);
    Map<String, String> fills =
        Map.of(
            "person", "Susan Miller",
            "credit_card_number", "4111 1111 1111 1111",
            "iban", "GB82 WEST 1234 5698 7654 32",
            "email", "jo@mail.example.org",
            "phone_number", "+44 20 7946 0958",
            "ip_address", "203.0.113.9",
            "ssn", "123-45-6789");
    List<String> rows = new ArrayList<>();
    long filled = 0;
    for (String template : templates) {
      String text = template.replace("\"", "'").replace("\\n", " ");
      for (var fill : fills.entrySet()) {
        text = text.replace("{{" + fill.getKey() + "}}", fill.getValue());
      }
      rows.add("\"" + text + "\"");
      String whole = text;
      filled += fills.values().stream().anyMatch(whole::contains) ? 1 : 0;
    }
    List<Finding> findings = find(written("note", rows.stream()));

    assertThat(filled).isGreaterThan(60);
    assertThat(findings).extracting(Finding::recogniser).containsExactly("free-text");
    Finding finding = findings.getFirst();
    for (String row : rows) {
      String hidden = finding.hide(row, found -> "***");
      assertThat(fills.values()).as(row).noneMatch(hidden::contains);
    }
    // one template has a name of its own
    assertThat(finding.matches()).isBetween(filled, filled + 1);
  }
}
