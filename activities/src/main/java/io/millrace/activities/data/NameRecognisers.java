package io.millrace.activities.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a column's name gives away: needed where the values alone do not, such as names of people,
 * or card numbers that a spreadsheet turned into {@code 5.54E+15}. Only whole words of the name
 * count ({@code MothersMaiden} is mothers + maiden), so {@code NameSet}, {@code CCType} and {@code
 * TelephoneCountryCode} stay silent.
 */
final class NameRecognisers {
  private static final Pattern WORD =
      Pattern.compile("\\p{Lu}+(?!\\p{Ll})|\\p{Lu}?\\p{Ll}+|\\p{Lu}+|\\d+|\\p{Lo}+");

  private static final Set<String> PERSON =
      Set.of(
          "firstname",
          "lastname",
          "givenname",
          "familyname",
          "fullname",
          "middlename",
          "surname",
          "forename",
          "maidenname",
          "nickname",
          "customername",
          "clientname",
          "personname",
          "patientname",
          "employeename",
          "contactname",
          "cardholder",
          "cardholdername",
          "accountholder",
          "fname",
          "lname",
          "contactperson",
          "nextofkin",
          "vorname",
          "nachname",
          "familienname",
          "prenom",
          "nomdefamille",
          "apellido",
          "apellidos",
          "cognome",
          "voornaam",
          "achternaam");
  private static final Set<String> EMAIL = Set.of("email", "emailaddress", "mailaddress");
  private static final Set<String> BIRTH =
      Set.of(
          "birthday",
          "birthdate",
          "dob",
          "dateofbirth",
          "birthdt",
          "bday",
          "birthdatetime",
          "datebirth",
          "geburtsdatum",
          "geburtstag",
          "datenaissance",
          "datedenaissance",
          "fechanacimiento",
          "fechadenacimiento",
          "datanascita",
          "geboortedatum");
  private static final Set<String> USER =
      Set.of("username", "userlogin", "login", "loginname", "screenname");
  private static final Set<String> PASSWORD =
      Set.of("password", "passwd", "passphrase", "pwd", "userpassword", "passwordhash");
  private static final Set<String> NATIONAL =
      Set.of(
          "nationalid",
          "nationalidnumber",
          "nationalinsurancenumber",
          "ssn",
          "nino",
          "socialsecuritynumber",
          "socialsecurityno",
          "passport",
          "passportnumber",
          "passportno",
          "taxid",
          "taxnumber",
          "taxpayerid",
          "driverslicense",
          "driverslicensenumber",
          "driverlicense",
          "drivinglicence",
          "personalid",
          "personalnumber",
          "identitynumber",
          "idcard",
          "idcardnumber",
          "aadhaar",
          "cpf",
          "dni",
          "nie",
          "nif",
          "codicefiscale",
          "steuerid",
          "steuernummer",
          "pesel",
          "bsn",
          "burgerservicenummer",
          "personnummer",
          "henkilotunnus",
          "nhsnumber",
          "healthcardnumber");
  private static final Set<String> CARD =
      Set.of(
          "cc",
          "ccnumber",
          "ccnum",
          "ccno",
          "cardnumber",
          "cardnum",
          "cardno",
          "creditcard",
          "creditcardnumber",
          "creditcardnum",
          "creditcardno",
          "debitcard",
          "debitcardnumber",
          "pan");
  private static final Set<String> CARD_CODE =
      Set.of("cvv", "cvv2", "cvc", "cvc2", "cardcode", "securitycode", "ccv");
  private static final Set<String> ACCOUNT =
      Set.of("iban", "accountnumber", "accountno", "bankaccount", "bankaccountnumber");
  private static final Set<String> ADDRESS =
      Set.of(
          "address",
          "streetaddress",
          "homeaddress",
          "postaladdress",
          "mailingaddress",
          "street",
          "streetname",
          "addressline",
          "addressline1",
          "addressline2",
          "address1",
          "address2",
          "residentialaddress");
  private static final Set<String> PHONE_WORDS =
      Set.of("phone", "telephone", "mobile", "cell", "cellphone", "fax", "tel", "msisdn");

  private NameRecognisers() {}

  /** The recogniser that knows a column by its name alone; empty for none. */
  static Optional<String> of(String column) {
    Optional<String> patient = PatientFields.of(column);
    if (patient.isPresent()) {
      return patient;
    }
    List<String> words = words(column);
    String joined = String.join("", words);
    if (PERSON.contains(joined) || words.contains("maiden") || ends(words, "surname")) {
      return Optional.of("person-name");
    }
    if (pair(words, "name", "first", "last", "given", "family", "full", "middle")) {
      return Optional.of("person-name");
    }
    if (EMAIL.contains(joined)) {
      return Optional.of("email");
    }
    if (BIRTH.contains(joined) || ends(words, "birthdate") || ends(words, "dob")) {
      return Optional.of("birth-date");
    }
    if (USER.contains(joined) || pair(words, "name", "user", "login")) {
      return Optional.of("user-name");
    }
    if (PASSWORD.contains(joined)) {
      return Optional.of("password");
    }
    if (NATIONAL.contains(joined) || ends(words, "ssn")) {
      return Optional.of("national-id");
    }
    if (CARD_CODE.contains(joined)) {
      return Optional.of("card-code");
    }
    if (CARD.contains(joined) || pair(words, "number", "card", "cc")) {
      return Optional.of("card");
    }
    if (ACCOUNT.contains(joined) || pair(words, "number", "account")) {
      return Optional.of("bank-account");
    }
    if (ADDRESS.contains(joined) || pair(words, "address", "street", "home", "postal")) {
      return Optional.of("street-address");
    }
    return Optional.empty();
  }

  /** Whether the name speaks of telephones; the values must look like numbers of one too. */
  static boolean speaksOfPhones(String column) {
    return words(column).stream().anyMatch(PHONE_WORDS::contains);
  }

  /** Words in lower case: at changes of case, digits and anything that is neither. */
  static List<String> words(String column) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(column);
    while (matcher.find()) {
      words.add(matcher.group().toLowerCase(Locale.ROOT));
    }
    return words;
  }

  private static boolean ends(List<String> words, String word) {
    return !words.isEmpty() && words.getLast().equals(word);
  }

  /** Whether the name ends in one of the firsts, then the second. */
  private static boolean pair(List<String> words, String second, String... firsts) {
    return words.size() >= 2
        && words.getLast().equals(second)
        && Set.of(firsts).contains(words.get(words.size() - 2));
  }
}
