import DBAdapterCore
import DBAdapterTesting
import Testing

@Suite struct ManualTimeSourceTests {
  private let time = ManualTimeSource()
  private let rung = Locked<[String]>([])

  /// An alarm that writes down its name and how long after `start` it rang.
  private func alarm(_ name: String, since start: Deadline) -> any Alarm {
    time.alarm { [time, rung] in
      let line = "\(name) \(start.elapsed(to: time.now()).brief)"
      rung.withLock { $0.append(line) }
    }
  }

  @Test func timeStandsStillUntilItIsMoved() {
    let start = time.now()
    #expect(time.now() == start)
    time.advance(by: .seconds(1))
    #expect(start.elapsed(to: time.now()) == .seconds(1))
    time.advance(to: start)
    #expect(start.elapsed(to: time.now()) == .seconds(1), "time went back")
  }

  @Test func ringsWhatIsDueInOrder() {
    let start = time.now()
    let alarms = ["late", "first", "second", "early"].map { alarm($0, since: start) }
    alarms[0].set(start + .seconds(4))
    alarms[1].set(start + .seconds(2))
    alarms[2].set(start + .seconds(2))
    alarms[3].set(start + .seconds(1))
    #expect(time.nextAlarm == start + .seconds(1) && time.alarmCount == 4)
    time.advance(by: .seconds(3))
    #expect(rung.withLock { $0 } == ["early 1 s", "first 2 s", "second 2 s"])
    #expect(start.elapsed(to: time.now()) == .seconds(3))
    #expect(time.advanceToNextAlarm() && !time.advanceToNextAlarm())
    #expect(rung.withLock { $0.last } == "late 4 s")
  }

  @Test func onlyAnEarlierMomentMovesAnAlarm() {
    let start = time.now()
    let alarm = alarm("it", since: start)
    alarm.set(start + .seconds(2))
    alarm.set(start + .seconds(5))
    alarm.set(start + .seconds(1))
    time.advance(by: .seconds(10))
    #expect(rung.withLock { $0 } == ["it 1 s"])
    alarm.set(start)
    #expect(rung.withLock { $0.count } == 1, "setting an alarm rang it")
    time.advance(by: .zero)
    #expect(rung.withLock { $0 } == ["it 1 s", "it 10 s"])
  }

  @Test func anAlarmMayBeSetWhileItRings() {
    let start = time.now()
    let ringing = Locked<(any Alarm)?>(nil)
    let alarm = time.alarm { [time, rung] in
      rung.withLock { $0.append(start.elapsed(to: time.now()).brief) }
      ringing.withLock { $0 }?.set(time.now() + .seconds(1))
    }
    ringing.withLock { $0 = alarm }
    alarm.set(start + .seconds(1))
    time.advance(by: .seconds(3))
    #expect(rung.withLock { $0 } == ["1 s", "2 s", "3 s"])
    ringing.withLock { $0 = nil }
  }

  @Test func cancelledAndForgottenAlarmsAreSilent() {
    let start = time.now()
    var forgotten: (any Alarm)? = alarm("forgotten", since: start)
    let cancelled = alarm("cancelled", since: start)
    forgotten?.set(start + .seconds(1))
    cancelled.set(start + .seconds(1))
    forgotten = nil
    cancelled.cancel()
    cancelled.set(start + .seconds(1))
    time.advance(by: .seconds(2))
    #expect(rung.withLock { $0 }.isEmpty && time.nextAlarm == nil)
  }

  @Test func waitsForAnAlarmToBeSet() async {
    let start = time.now()
    let alarm = alarm("it", since: start)
    async let waiting: Void = time.waitForAlarm(by: start + .seconds(1))
    alarm.set(start + .seconds(2))
    alarm.set(start + .seconds(1))
    await waiting
    #expect(time.nextAlarm == start + .seconds(1))
    let cancelled = Task { [time] in await time.waitForAlarm(by: start) }
    cancelled.cancel()
    await cancelled.value
  }

  @Test func takesAlarmsFromManyThreads() async {
    let start = time.now()
    let alarms = await withTaskGroup(of: (any Alarm).self) { group in
      for second in 1...100 {
        group.addTask {
          let alarm = self.alarm("it", since: start)
          alarm.set(start + .seconds(second))
          return alarm
        }
      }
      return await group.reduce(into: [any Alarm]()) { $0.append($1) }
    }
    time.advance(by: .seconds(100))
    #expect(rung.withLock { $0 } == (1...100).map { "it \($0) s" })
    withExtendedLifetime(alarms) {}
  }
}
