# SPDX-License-Identifier: BSL-1.0
from multiprocessing import Manager, Process


def play(scores, team, points):
    scores[team].append(points)


if __name__ == "__main__":
    with Manager() as manager:
        # A plain [] in it would be a copy each time, and stay empty.
        scores = manager.dict(red=manager.list(), blue=manager.list())
        games = [("red", 3), ("blue", 5), ("red", 1), ("blue", 2)]
        players = [Process(target=play, args=(scores, *game)) for game in games]
        for player in players:
            player.start()
        for player in players:
            player.join()
        for team, points in scores.items():
            points.sort()
            print(team, points)
