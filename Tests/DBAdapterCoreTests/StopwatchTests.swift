import DBAdapterTesting
import Testing

@Suite struct StopwatchTests {
  @Test func theMachineTakesNoMoreThanThereIs() {
    let before = MachineLag.total
    let watch = Stopwatch()
    var last = watch.time
    while last.total < .milliseconds(20) {
      let time = watch.time
      #expect(time.total >= last.total && time.lag >= last.lag)
      #expect(time.lag <= time.total && time.own == time.total - time.lag)
      last = time
    }
    #expect(MachineLag.total >= before + last.lag)
  }

  @Test func aCallIsMeasuredWithItsResult() async throws {
    let (result, time) = await Stopwatch.measure { 7 }
    #expect(result == 7 && time.total >= .zero)
    struct Failure: Error {}
    await #expect(throws: Failure.self) { try await Stopwatch.measure { throw Failure() } }
  }
}
