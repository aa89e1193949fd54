package io.millrace.activities.train.net;

import ai.djl.pytorch.jni.LibUtils;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a GPU add up a convolution's slopes in the same order each time. Left alone, cuDNN may choose
 * an algorithm whose threads add as they come, and the same step then ends in other bits: no
 * training could be resumed exactly, nor done again. PyTorch has a switch for it that the engine
 * does not reach, so PyTorch's own is called: {@code
 * at::globalContext().setDeterministicCuDNN(true)}.
 */
final class FixedOrder {
  private static final Logger LOG = LoggerFactory.getLogger(FixedOrder.class);
  private static final String CONTEXT = "_ZN2at13globalContextEv";
  private static final String SWITCH = "_ZN2at7Context21setDeterministicCuDNNEb";

  private FixedOrder() {}

  /** For the process. @return false, after a warning, where the natives do not have the switch */
  @SuppressWarnings("restricted")
  static boolean choose() {
    Path library = Path.of(LibUtils.getLibtorchPath(), System.mapLibraryName("torch_cpu"));
    try {
      Linker linker = Linker.nativeLinker();
      // loaded before, by the engine: this only finds it
      SymbolLookup torch = SymbolLookup.libraryLookup(library, Arena.global());
      MethodHandle context =
          linker.downcallHandle(
              torch.findOrThrow(CONTEXT), FunctionDescriptor.of(ValueLayout.ADDRESS));
      MethodHandle set =
          linker.downcallHandle(
              torch.findOrThrow(SWITCH),
              FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_BOOLEAN));
      set.invokeExact((MemorySegment) context.invokeExact(), true);
      return true;
    } catch (Throwable e) {
      if (e instanceof Error error && !(e instanceof LinkageError)) {
        throw error;
      }
      LOG.warn(
          "{}: no switch for a fixed order of sums on the GPU; image nets may not resume in the"
              + " same bits: {}",
          library,
          e.toString());
      return false;
    }
  }
}
