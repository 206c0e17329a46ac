"""Two words that firm and client both see, so that a client can check by phone that an ask is real.

The words are written alike in English and Dutch, known in most languages beside them, and sound apart on the phone. They prove
nothing to us; they let two people compare what they see.
"""

import secrets

WORDS = (
    "agenda", "alarm", "album", "amber", "arena", "atlas", "ballet", "banjo", "bison", "bonus", "boomerang", "buffet",
    "bungalow", "cactus", "camera", "camping", "canvas", "canyon", "caravan", "cargo", "casino", "cello", "chalet",
    "circus", "cobra", "cocktail", "concert", "condor", "cowboy", "curry", "dahlia", "delta", "diesel", "dollar",
    "domino", "dynamo", "echo", "espresso", "ferry", "festival", "film", "fjord", "flamingo", "fondue", "forum",
    "gala", "garage", "golf", "gorilla", "graffiti", "hamster", "hobby", "hockey", "hotel", "iris", "jaguar", "jazz",
    "jeep", "jockey", "judo", "jungle", "karate", "ketchup", "kiosk", "kiwi", "koala", "lasagne", "lava", "lotus",
    "macaroni", "magnolia", "mango", "marathon", "menu", "monitor", "motor", "museum", "mustang", "nougat", "opera",
    "oregano", "origami", "panda", "panorama", "papaya", "paprika", "parade", "park", "pasta", "pesto", "piano",
    "pizza", "plateau", "polka", "polo", "pony", "poster", "pudding", "puma", "quiz", "radar", "radio", "ravioli",
    "rodeo", "rugby", "rumba", "safari", "salami", "samba", "sauna", "scooter", "sherry", "sofa", "sombrero",
    "spaghetti", "studio", "sushi", "tango", "taxi", "tempo", "tennis", "toast", "tornado", "totem", "tram",
    "trampoline", "trio", "tuba",
)  # fmt: skip


def two_words() -> str:
    """A pair by chance: "tango zebra". One of more than sixteen thousand."""
    return f"{secrets.choice(WORDS)} {secrets.choice(WORDS)}"
