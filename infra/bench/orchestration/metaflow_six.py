"""Six empty Metaflow steps; each run is a process of its own, as its users run it."""
from metaflow import FlowSpec, step


class SixFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.two)

    @step
    def two(self):
        self.next(self.three)

    @step
    def three(self):
        self.next(self.four)

    @step
    def four(self):
        self.next(self.five)

    @step
    def five(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    SixFlow()
