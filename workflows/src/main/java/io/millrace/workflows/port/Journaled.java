package io.millrace.workflows.port;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks an activity whose result is kept in the run's journal: called again with an equal request
 * it answers from there and does nothing. The key is the activity's name and the digest of the
 * request without its {@code run}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Journaled {}
