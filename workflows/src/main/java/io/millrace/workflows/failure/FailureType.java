package io.millrace.workflows.failure;

/**
 * Everything that can go wrong, by name. The name is the wire type: never renamed, never reused.
 *
 * <p>{@link Kind} says who can act. The README's failure table is tested against this list.
 */
public enum FailureType {
  /** The spec breaks its schema or a rule; the message lists every problem with its path. */
  CONFIG_INVALID(Kind.INPUT, "mend the spec and run again"),
  /**
   * The data cannot be read as declared: format, header, types, encoding, missing file, HTTP 4xx.
   */
  DATA_UNREADABLE(Kind.INPUT, "mend the source or its declaration and run again"),
  /** The data was read and breaks a {@code block} expectation or a rule no training survives. */
  DATA_INVALID(Kind.INPUT, "look at the quarantine, mend the data or the expectation"),
  /** Loss or a parameter became NaN or infinite. */
  TRAINING_DIVERGED(Kind.INPUT, "lower the learning rate or look at the features"),
  /** A request to an endpoint or a command does not fit the model's schema. */
  REQUEST_INVALID(Kind.INPUT, "mend the request"),
  /** Another run of this model is under way: single flight. */
  RUN_IN_PROGRESS(Kind.INPUT, "wait for it, or resume it"),
  /** No such run, version, alias or endpoint. */
  NOT_FOUND(Kind.INPUT, "check the name"),
  /** The cloud took the machine back after notice; training ended at a checkpoint. */
  SPOT_INTERRUPTED(Kind.CAPACITY, "nothing: the next node resumes"),
  /** No machine of any asked kind is to be had now. */
  CAPACITY_UNAVAILABLE(Kind.CAPACITY, "wait, or allow more types or on-demand"),
  /** The source's host does not answer, or answers 5xx. */
  SOURCE_UNAVAILABLE(Kind.EXTERNAL, "resume when the host is back, or let the schedule do it"),
  /** The store does not answer or refuses. */
  STORE_UNAVAILABLE(Kind.EXTERNAL, "check the store's permissions and address"),
  /** A cloud service does not answer. */
  AWS_UNAVAILABLE(Kind.EXTERNAL, "resume when the service is back"),
  /** A backend of an endpoint did not become ready or does not answer. */
  ENDPOINT_UNAVAILABLE(Kind.EXTERNAL, "look at the server's log, then resume"),
  /** A notification could not be delivered. */
  NOTIFY_FAILED(Kind.EXTERNAL, "check the receiver"),
  /**
   * A change to a target may or may not have happened; reconcile looks before anything is retried.
   */
  DEPLOY_STATE_UNKNOWN(Kind.UNKNOWN, "nothing: reconcile runs first"),
  /** A payload or stored record cannot be read by this worker. */
  PAYLOAD_UNREADABLE(Kind.DEFECT, "deploy the matching worker; keep the history"),
  /** A digest does not match what was written. */
  STORE_CORRUPT(Kind.DEFECT, "restore the object; nothing was overwritten"),
  /** Something held to be impossible happened. */
  INVARIANT_BROKEN(Kind.DEFECT, "report it with the history");

  /** Who can act. */
  public enum Kind {
    /** The requester mends it; not retried. */
    INPUT,
    /** Benign; retried with its own delay. */
    CAPACITY,
    /** Retried with backoff, then the run is suspended. */
    EXTERNAL,
    /** Not retried blindly: reconcile first. */
    UNKNOWN,
    /** Not retried: a person looks. */
    DEFECT
  }

  private final Kind kind;
  private final String action;

  FailureType(Kind kind, String action) {
    this.kind = kind;
    this.action = action;
  }

  public Kind kind() {
    return kind;
  }

  /** What the reader of the message should do, in a few words. */
  public String action() {
    return action;
  }

  /** False for {@link Kind#INPUT} and {@link Kind#DEFECT}. */
  public boolean retryable() {
    return kind == Kind.CAPACITY || kind == Kind.EXTERNAL || kind == Kind.UNKNOWN;
  }
}
