package io.millrace.events.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretReferencesTest {
  private final SecretReferences secrets = new SecretReferences(Map.of("K", "s3cret"));

  @Test
  void resolve_ofAVariableOrAFile_givesItsBytes(@TempDir Path dir) throws IOException {
    Path file = Files.writeString(dir.resolve("k"), "from a file\n");

    assertThat(secrets.resolve("KEY", "secret:env:K"))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("s3cret");
    assertThat(secrets.resolve("KEY", "secret:file:" + file))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("from a file");
  }

  @Test
  void resolve_ofWhatIsNoReference_doesNotShowIt() {
    assertThatThrownBy(() -> secrets.resolve("KEY", "hunter2hunter2"))
        .hasMessage(
            "KEY: 14 characters (expected: secret:ssm:NAME, secret:env:NAME or secret:file:/path)");
    assertThatThrownBy(() -> secrets.resolve("KEY", "secret:env:NOT_SET"))
        .hasMessage("KEY: secret:env:NOT_SET (expected: a secret with something in it)");
    assertThatThrownBy(() -> secrets.resolve("KEY", "secret:file:/not/there"))
        .hasMessage("KEY: secret:file:/not/there (expected: a file that can be read)");
  }
}
