package io.millrace.events.event;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Messages of a queue. The answer names those that failed, in {@code batchItemFailures}: they alone
 * come back, if the mapping reports batch item failures. In a FIFO queue what follows a failure is
 * named too and not touched, so that its order holds.
 */
public final class QueueBatch {
  private QueueBatch() {}

  /** One message. */
  public record Message(String id, String body) {}

  /** Does what a message asks for; whatever it throws is that message's failure. */
  @FunctionalInterface
  public interface Handler {
    void handle(Message message) throws Exception;
  }

  public static boolean isOne(JsonNode event) {
    return event.path("Records").path(0).path("eventSource").asText().equals("aws:sqs");
  }

  /**
   * Handles every message; those of a queue without an order at the same time.
   *
   * @return the answer to the queue
   */
  public static ObjectNode each(JsonNode event, EventLog log, Handler handler) {
    boolean ordered =
        event.path("Records").path(0).path("eventSourceARN").asText().endsWith(".fifo");
    List<Message> messages = new ArrayList<>();
    for (JsonNode record : event.path("Records")) {
      messages.add(new Message(record.path("messageId").asText(), record.path("body").asText()));
    }
    ObjectNode answer = EventJson.mapper().createObjectNode();
    ArrayNode failures = answer.putArray("batchItemFailures");
    for (String id : ordered ? inOrder(messages, log, handler) : together(messages, log, handler)) {
      failures.addObject().put("itemIdentifier", id);
    }
    return answer;
  }

  private static List<String> inOrder(List<Message> messages, EventLog log, Handler handler) {
    for (int i = 0; i < messages.size(); i++) {
      if (!handled(messages.get(i), log, handler)) {
        return messages.subList(i, messages.size()).stream().map(Message::id).toList();
      }
    }
    return List.of();
  }

  private static List<String> together(List<Message> messages, EventLog log, Handler handler) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> done = new ArrayList<>();
      for (Message message : messages) {
        done.add(threads.submit(() -> handled(message, log, handler)));
      }
      List<String> failed = new ArrayList<>();
      for (int i = 0; i < messages.size(); i++) {
        if (!Boolean.TRUE.equals(outcome(done.get(i)))) {
          failed.add(messages.get(i).id());
        }
      }
      return failed;
    }
  }

  private static Boolean outcome(Future<Boolean> done) {
    try {
      return done.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (java.util.concurrent.ExecutionException e) {
      return false; // an error, not an exception: the message comes back
    }
  }

  private static boolean handled(Message message, EventLog log, Handler handler) {
    try {
      handler.handle(message);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (Exception e) {
      log.failed(message.id(), e);
      return false;
    }
  }
}
