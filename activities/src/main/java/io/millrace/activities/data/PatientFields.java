package io.millrace.activities.data;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Columns that hold what DICOM keeps of a patient: by keyword ({@code PatientName}, {@code
 * patient_birth_date}) or by tag ({@code (0010,0010)}, {@code 0010_0010}, {@code 00100010}). The
 * direct identifiers of the Basic Application Level Confidentiality Profile, DICOM PS3.15, table
 * E.1-1.
 */
final class PatientFields {
  private static final Pattern TAG =
      Pattern.compile("(?i)\\(?(?:tag)?[ _]?([0-9A-F]{4})[,_ ]?([0-9A-F]{4})\\)?");

  private static final String PERSON = "person-name";
  private static final String ID = "patient-id";

  private static final Map<String, String> TAGS =
      Map.ofEntries(
          Map.entry("00080050", ID),
          Map.entry("00080090", PERSON),
          Map.entry("00081048", PERSON),
          Map.entry("00081050", PERSON),
          Map.entry("00081060", PERSON),
          Map.entry("00081070", PERSON),
          Map.entry("00100010", PERSON),
          Map.entry("00100020", ID),
          Map.entry("00100030", "birth-date"),
          Map.entry("00100032", "birth-date"),
          Map.entry("00100050", ID),
          Map.entry("00101000", ID),
          Map.entry("00101001", PERSON),
          Map.entry("00101005", PERSON),
          Map.entry("00101040", "street-address"),
          Map.entry("00101060", PERSON),
          Map.entry("00101090", ID),
          Map.entry("00102154", "phone"),
          Map.entry("00102297", PERSON),
          Map.entry("00324000", ID),
          Map.entry("00380010", ID));

  private static final Map<String, String> KEYWORDS =
      Map.ofEntries(
          Map.entry("patientname", PERSON),
          Map.entry("patientsname", PERSON),
          Map.entry("patientid", ID),
          Map.entry("patientnumber", ID),
          Map.entry("issuerofpatientid", ID),
          Map.entry("otherpatientids", ID),
          Map.entry("otherpatientnames", PERSON),
          Map.entry("patientbirthname", PERSON),
          Map.entry("patientmothersbirthname", PERSON),
          Map.entry("patientbirthdate", "birth-date"),
          Map.entry("patientsbirthdate", "birth-date"),
          Map.entry("patientbirthtime", "birth-date"),
          Map.entry("patientaddress", "street-address"),
          Map.entry("patientsaddress", "street-address"),
          Map.entry("patienttelephonenumbers", "phone"),
          Map.entry("patientphone", "phone"),
          Map.entry("medicalrecordnumber", ID),
          Map.entry("medicalrecordlocator", ID),
          Map.entry("mrn", ID),
          Map.entry("accessionnumber", ID),
          Map.entry("admissionid", ID),
          Map.entry("patientinsuranceplancodesequence", ID),
          Map.entry("insurancenumber", ID),
          Map.entry("referringphysicianname", PERSON),
          Map.entry("referringphysiciansname", PERSON),
          Map.entry("performingphysicianname", PERSON),
          Map.entry("physiciansofrecord", PERSON),
          Map.entry("nameofphysiciansreadingstudy", PERSON),
          Map.entry("operatorsname", PERSON),
          Map.entry("responsibleperson", PERSON));

  private PatientFields() {}

  /** The recogniser that knows the column; empty for none. */
  static Optional<String> of(String column) {
    Matcher tag = TAG.matcher(column.strip());
    if (tag.matches()) {
      return Optional.ofNullable(
          TAGS.get((tag.group(1) + tag.group(2)).toUpperCase(java.util.Locale.ROOT)));
    }
    return Optional.ofNullable(KEYWORDS.get(String.join("", NameRecognisers.words(column))));
  }
}
