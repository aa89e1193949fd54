package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;

/**
 * A table or query of a database; exactly one of both is set.
 *
 * @param url such as {@code jdbc:postgresql://host:5432/db}, without user and password
 * @param user null for the driver's default
 * @param password reference to a secret; null for none
 * @param table a name, with its schema or without
 * @param query one SELECT; rows come in its order, so it should have one
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record JdbcSpec(
    String url,
    @Nullable String user,
    @Nullable String password,
    @Nullable String table,
    @Nullable String query) {}
