package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.data.PersonalData.Finding;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.spec.SourceSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    try (DuckDb db = DuckDb.open(2, root)) {
      Staging staging =
          new Staging(
              root.resolve("staged"),
              new HttpSource(Duration.ofSeconds(1), Duration.ofSeconds(1)),
              () -> {
                throw new IllegalStateException("no S3 here");
              });
      StagedSource source = staging.stage(new SourceSpec(file.toString(), null, null), null);
      return new PersonalData(db).find(new SourceReader(db).read(source, "csv", true));
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
    "ssn, 123-45-6789, true"
  })
  void singleValues(String kind, String value, boolean known) {
    boolean found =
        switch (kind) {
          case "email" -> ValueRecognisers.EMAIL.knows(value);
          case "card" -> ValueRecognisers.CARD.knows(value);
          case "iban" -> ValueRecognisers.IBAN.knows(value);
          case "ip" -> ValueRecognisers.IPV4.knows(value) || ValueRecognisers.IPV6.knows(value);
          case "phone" -> ValueRecognisers.PHONE.knows(value);
          default -> ValueRecognisers.SSN.knows(value);
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
    "birth_rate, ''"
  })
  void namesOfColumns(String name, String recogniser) {
    assertThat(NameRecognisers.of(name).orElse("")).isEqualTo(recogniser);
  }
}
