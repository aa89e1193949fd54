package io.millrace.activities.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * Uploads big files in parts; nothing is visible before the last call, which may be conditional.
 */
final class S3Multipart {
  /** One PUT up to here: a broken one is begun again whole. */
  static final long THRESHOLD = 32L << 20;

  private static final long PART = 16L << 20;

  /** S3 takes 10,000 parts at most. */
  private static final long MOST_PARTS = 9_000;

  private final S3Client s3;
  private final String bucket;

  S3Multipart(S3Client s3, String bucket) {
    this.s3 = s3;
    this.bucket = bucket;
  }

  static boolean needed(long sizeBytes) {
    return sizeBytes > THRESHOLD;
  }

  /**
   * @param conditional {@code If-None-Match: *} on the completion, which is answered 412 (or 409)
   *     when somebody was faster; the parts are then given up
   */
  void upload(String key, Path file, long size, Map<String, String> metadata, boolean conditional)
      throws IOException {
    String id =
        s3.createMultipartUpload(create -> create.bucket(bucket).key(key).metadata(metadata))
            .uploadId();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long partSize = Math.max(PART, (size + MOST_PARTS - 1) / MOST_PARTS);
      List<CompletedPart> parts = new ArrayList<>();
      for (long from = 0; from < size; from += partSize) {
        int number = parts.size() + 1;
        long start = from;
        long length = Math.min(partSize, size - from);
        // a fresh stream for each of the SDK's own tries
        ContentStreamProvider content = () -> slice(channel, start, length);
        String etag =
            s3.uploadPart(
                    part ->
                        part.bucket(bucket)
                            .key(key)
                            .uploadId(id)
                            .partNumber(number)
                            .contentLength(length),
                    RequestBody.fromContentProvider(content, length, "application/octet-stream"))
                .eTag();
        parts.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
      }
      CompleteMultipartUploadRequest.Builder complete =
          CompleteMultipartUploadRequest.builder()
              .bucket(bucket)
              .key(key)
              .uploadId(id)
              .multipartUpload(all -> all.parts(parts));
      if (conditional) {
        complete.ifNoneMatch("*");
      }
      s3.completeMultipartUpload(complete.build());
    } catch (SdkException | IOException e) {
      abort(key, id);
      throw e;
    }
  }

  private void abort(String key, String id) {
    try {
      s3.abortMultipartUpload(abort -> abort.bucket(bucket).key(key).uploadId(id));
    } catch (SdkException ignored) {
      // a lifecycle rule of the bucket removes what is left of it
    }
  }

  private static InputStream slice(FileChannel channel, long start, long length) {
    return new InputStream() {
      private long position = start;
      private final byte[] single = new byte[1];

      @Override
      public int read() throws IOException {
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int count) throws IOException {
        long left = start + length - position;
        if (left <= 0) {
          return -1;
        }
        int n = channel.read(ByteBuffer.wrap(into, offset, (int) Math.min(count, left)), position);
        position += Math.max(n, 0);
        return n;
      }
    };
  }
}
