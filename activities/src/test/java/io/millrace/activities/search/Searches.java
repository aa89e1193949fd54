package io.millrace.activities.search;

import io.millrace.workflows.port.search.SearchActivities.Kind;
import io.millrace.workflows.port.search.SearchActivities.Proposal;
import io.millrace.workflows.port.search.SearchActivities.ProposeRequest;
import io.millrace.workflows.port.search.SearchActivities.Reached;
import io.millrace.workflows.port.search.SearchActivities.State;
import io.millrace.workflows.port.search.SearchActivities.Tried;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.DomainSpec;
import io.millrace.workflows.spec.SearchSpec;
import io.millrace.workflows.spec.TrainingSpec.Objective;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Requests of searches, and whole searches one trial after another. */
final class Searches {
  static final int EPOCHS = 9;

  private Searches() {}

  static DomainSpec whole(int low, int high) {
    return new DomainSpec(List.of(low, high), null, null, null, null);
  }

  static DomainSpec real(double low, double high) {
    return new DomainSpec(null, List.of(low, high), null, null, null);
  }

  static DomainSpec log(double low, double high) {
    return new DomainSpec(null, null, List.of(low, high), null, null);
  }

  static DomainSpec choice(Object... values) {
    return new DomainSpec(null, null, null, List.of(values), null);
  }

  static DomainSpec steps(DomainSpec of, int steps) {
    return new DomainSpec(of.whole(), of.real(), of.log(), of.choice(), steps);
  }

  static CandidateSpec open(String family, Map<String, DomainSpec> search) {
    return new CandidateSpec(family, Map.of(), search);
  }

  static SearchSpec by(SearchSpec.Method method, Integer trials) {
    return new SearchSpec(method, trials, 3, 1);
  }

  static ProposeRequest request(
      RunRef run,
      int number,
      SearchSpec search,
      long seed,
      List<CandidateSpec> candidates,
      List<Tried> tried) {
    return new ProposeRequest(
        run,
        number,
        new DatasetRef("sample", "0".repeat(64), 1),
        candidates,
        search,
        new Objective("rmse", "min"),
        seed,
        EPOCHS,
        tried);
  }

  static Tried done(int trial, int source, CandidateSpec candidate, double value) {
    return new Tried(trial, source, candidate, null, State.DONE, List.of(new Reached(null, value)));
  }

  /** Every trial of a search that ends each before the next begins, in order. */
  static List<Tried> whole(
      SearchSpec search,
      long seed,
      List<CandidateSpec> candidates,
      Function<CandidateSpec, Double> loss) {
    List<Tried> tried = new ArrayList<>();
    while (true) {
      Proposal proposal =
          SeededSearch.proposal(
              request(
                  new RunRef("sample-1", "sample", null),
                  tried.size(),
                  search,
                  seed,
                  candidates,
                  tried));
      if (proposal.kind() != Kind.TRAIN) {
        return tried;
      }
      CandidateSpec candidate = proposal.candidate();
      tried.add(done(proposal.trial(), proposal.source(), candidate, loss.apply(candidate)));
    }
  }
}
