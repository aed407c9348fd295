import Testing

@testable import DBAdapterCore

/// The share of each pool in the room of all.
@Suite struct PoolDirectoryTests {
  private let now = Deadline(nanoseconds: 1_000)

  private func directory(pools: Int = 2, connections: Int = 4, adding count: Int = 2) -> Room {
    let directory = Room(maximumPools: pools, maximumConnections: connections)
    for number in 0..<count { directory.add(id(number)) }
    return directory
  }

  private func id(_ number: Int) -> PoolID { PoolID(number: UInt64(number)) }

  private func wish(_ number: UInt64, _ count: Int, isUrgent: Bool = true) -> CapacityWish {
    CapacityWish(number: number, count: count, isUrgent: isUrgent)
  }

  @Test func grantsWhatThereIsAndTheRestAsItComesBack() {
    let directory = directory()
    #expect(directory.want(wish(1, 3), id(0), now: now) == 3)
    #expect(directory.want(wish(1, 2), id(1), now: now) == 1)
    #expect(directory.granted == 4 && directory.isShort)
    #expect(directory.giveBack(id(0)) == [id(1)])
    #expect(directory.giveBack(id(0)) == [] && !directory.isShort && directory.granted == 3)
  }

  @Test func theNewestWishCountsInWhateverOrderTheyCome() {
    let directory = directory()
    #expect(directory.want(wish(1, 4), id(0), now: now) == 4)
    #expect(directory.want(wish(3, 1), id(1), now: now) == 0)
    #expect(directory.want(wish(2, 0), id(1), now: now) == 0, "overtaken by the third")
    #expect(directory.giveBack(id(0)) == [id(1)])
  }

  @Test func aWishForLessLeavesTheLine() {
    let directory = directory()
    #expect(directory.want(wish(1, 4), id(0), now: now) == 4)
    #expect(directory.want(wish(1, 2), id(1), now: now) == 0)
    #expect(directory.want(wish(2, 0), id(1), now: now) == 0)
    #expect(!directory.isShort && directory.giveBack(id(0)).isEmpty)
  }

  @Test func servesPoolsWithoutAnyConnectionFirst() {
    let directory = directory(pools: 3, adding: 3)
    #expect(directory.want(wish(1, 3), id(0), now: now) == 3)
    #expect(directory.want(wish(1, 3), id(1), now: now) == 1)
    #expect(directory.want(wish(1, 1), id(2), now: now) == 0)
    #expect(directory.claim(from: id(0))?.isDesperate == true)
    #expect(directory.giveBack(id(0)) == [id(2)] && directory.giveBack(id(0)) == [id(1)])
  }

  @Test func aPoolBeyondTheMaximumWaitsForAnotherToGo() {
    let directory = directory(pools: 1, adding: 2)
    #expect(directory.isAdmitted(id(0)) && !directory.isAdmitted(id(1)))
    #expect(directory.want(wish(1, 1), id(1), now: now) == 0)
    #expect(directory.needsSlot && directory.isShort && directory.needsConnection == nil)
    #expect(directory.claim(from: id(0)) == nil, "a connection would not help it")
    #expect(directory.remove(id(0)) == [id(1)])
    #expect(directory.isAdmitted(id(1)) && !directory.needsSlot)
  }

  @Test func whoWaitsForAPlaceDoesNotHoldUpTheOthers() {
    let directory = directory(pools: 1, adding: 2)
    #expect(directory.want(wish(1, 1), id(1), now: now) == 0)
    #expect(directory.want(wish(1, 2), id(0), now: now) == 2)
  }

  @Test func connectionsOfAPoolThatIsGoneCountUntilTheyAreClosed() {
    let directory = directory(connections: 2)
    #expect(directory.want(wish(1, 2), id(0), now: now) == 2)
    #expect(directory.want(wish(1, 1), id(1), now: now) == 0)
    #expect(directory.remove(id(0)) == [] && directory.granted == 2)
    #expect(directory.giveBack(id(0)) == [id(1)])
  }

  @Test func asManyAreFreedAsAreWaitedForAndNoMore() {
    let directory = directory(pools: 2, connections: 2, adding: 3)
    #expect(directory.want(wish(1, 2), id(0), now: now) == 2)
    #expect(directory.want(wish(1, 1), id(1), now: now) == 0)
    #expect(directory.want(wish(1, 1), id(2), now: now) == 0, "waits for a place")
    #expect(directory.needsConnection == id(1))
    #expect(directory.claim(from: id(0)) != nil)
    #expect(directory.claim(from: id(0)) == nil && directory.needsConnection == nil)
    directory.dropClaim()
    #expect(directory.needsConnection == id(1))
    directory.promise()
    #expect(directory.giveBack(id(0)) == [id(1)] && directory.needsConnection == nil)
  }

  @Test func whatNobodyWaitsForIsGrantedFromFreeRoomOrNotAtAll() {
    let directory = directory(connections: 3)
    #expect(directory.want(wish(1, 2), id(0), now: now) == 2)
    #expect(directory.want(wish(1, 3, isUrgent: false), id(1), now: now) == 1)
    #expect(!directory.isShort && directory.giveBack(id(0)).isEmpty, "it does not stand in line")
  }

  @Test func aPoolThatWasForgottenGetsNothing() {
    let directory = directory()
    _ = directory.remove(id(0))
    #expect(directory.want(wish(1, 1), id(0), now: now) == 0 && directory.granted == 0)
  }

  // MARK: Choosing

  private func standing(
    _ number: Int, isBusy: Bool = false, isAlive: Bool = true, canSpare: Bool = true, used: Int64 = 0, made: Int64 = 0
  ) -> PoolStanding {
    PoolStanding(
      id: id(number), isBusy: isBusy, isAlive: isAlive, canSpare: canSpare, lastUsed: Deadline(nanoseconds: used),
      createdAt: Deadline(nanoseconds: made))
  }

  @Test func theDeadGoFirstThenTheLeastRecentlyUsedThenTheOldest() {
    var pools = [
      standing(0, used: 5, made: 1), standing(1, used: 3, made: 3), standing(2, used: 3, made: 2),
      standing(3, isAlive: false, used: 9), standing(4, isBusy: true, isAlive: false, used: 0),
    ]
    var order: [UInt64] = []
    while let victim = PoolDirectory.victim(among: pools) {
      order.append(victim.number)
      pools.removeAll { $0.id == victim }
    }
    #expect(order == [3, 2, 1, 0], "and who is busy stays")
  }

  @Test func theLeastRecentlyUsedLendsAConnectionButNotToItself() {
    let pools = [standing(0, used: 1), standing(1, used: 2), standing(2, canSpare: false, used: 0)]
    #expect(PoolDirectory.lender(among: pools, to: id(3)) == id(0))
    #expect(PoolDirectory.lender(among: pools, to: id(0)) == id(1))
  }
}

/// A directory whose calls may stand in expectations, which hold no changes.
private final class Room {
  private var directory: PoolDirectory

  init(maximumPools: Int, maximumConnections: Int) {
    directory = PoolDirectory(maximumPools: maximumPools, maximumConnections: maximumConnections)
  }

  var granted: Int { directory.granted }
  var isShort: Bool { directory.isShort }
  var needsSlot: Bool { directory.needsSlot }
  var needsConnection: PoolID? { directory.needsConnection }
  func isAdmitted(_ id: PoolID) -> Bool { directory.isAdmitted(id) }
  func add(_ id: PoolID) { directory.add(id) }
  func remove(_ id: PoolID) -> [PoolID] { directory.remove(id) }
  func want(_ wish: CapacityWish, _ id: PoolID, now: Deadline) -> Int { directory.want(wish, id, now: now) }
  func giveBack(_ id: PoolID) -> [PoolID] { directory.giveBack(id) }
  func claim(from id: PoolID) -> CapacityPressure? { directory.claim(from: id) }
  func promise() { directory.promise() }
  func dropClaim() { directory.dropClaim() }
}
