package sim

import "readnext/internal/feed"

func cultureSubjects() []subject {
	return []subject{{
		name: "film", channel: 3, life: 30 * feed.Day,
		things: []string{
			"westerns|westerns shot in the snow", "documentaries|patient documentaries",
			"cinemas|one-screen cinemas", "comedies|silent comedies", "sequels|sequels nobody asked for",
			"subtitles|subtitles", "stunts|stunts without wires", "shorts|films under nine minutes",
		},
		groups: []string{"a film club in {place}", "the {place} festival jury", "a first-time director from {place}"},
		templates: []string{
			"{group} makes a case for {things}",
			"The {n} best {things} of the season",
			"How {place} became the capital of {things}",
			"{things}, reviewed: funny, flawed, unforgettable",
			"Behind the scenes of {things} with a crew of {n}",
			"Why {things} still make us cry",
			"{group} stayed up all night for {things}",
			"An oral history of {things}, told by the people who swept up afterwards",
		},
	}, {
		name: "music", channel: 3, life: 30 * feed.Day,
		things: []string{
			"choirs|village choirs", "synths|hand-built synthesizers", "brass|brass bands",
			"lullabies|lullabies", "festivals|festivals on a tiny island", "vinyl|records pressed at home",
			"organs|church organs", "fiddles|fiddle tunes",
		},
		groups: []string{"the {place} town orchestra", "a trio from {place}", "a radio station in {place}"},
		templates: []string{
			"{group} plays {things} to a full harbour",
			"{n} {things} that deserve a wider audience",
			"The unlikely return of {things}",
			"How to listen to {things}",
			"{things} on a rooftop in {place}: a review",
			"What {group} learned from {things}",
			"The last man in {place} who repairs {things}",
			"{place} is loud again: {things} are back",
			"A playlist of {things} for a long train ride",
		},
	}, {
		name: "books", channel: 3,
		things: []string{
			"mysteries|mysteries without a murder", "diaries|lost diaries", "translations|new translations",
			"poems|poems for commuters", "bookshops|bookshops that never close", "memoirs|lighthouse memoirs",
			"atlases|imaginary atlases", "letters|letters in a drawer",
		},
		groups: []string{"a librarian in {place}", "the {place} reading circle", "a printer from {place}"},
		templates: []string{
			"{group} recommends {n} {things}",
			"Why {things} are selling again",
			"The quiet pleasure of {things}",
			"{things}: where to begin",
			"A night in {place} with {things} and too much tea",
			"{group} found {things} behind a wall",
			"What {things} know about loneliness",
			"{n} pages in: judging {things} by their openings",
			"Who writes {things}, and who reads them at three in the morning?",
		},
	}}
}

func sportSubjects() []subject {
	return []subject{{
		name: "football", channel: 4, life: 3 * feed.Day,
		things: []string{
			"penalties|late penalties", "derbies|muddy derbies", "keepers|goalkeepers who score",
			"transfers|winter transfers", "academies|girls' academies", "fans|travelling fans",
			"upsets|cup upsets", "pitches|frozen pitches",
		},
		groups: []string{"{place} Wanderlings", "{place} Athletic Union", "a caretaker coach in {place}"},
		templates: []string{
			"{group} lives by {things}, and nearly falls by them",
			"{things} decide a wild night in {place}",
			"The numbers behind {things}: {n} matches, one pattern",
			"Five talking points: {things}, fog and a lost shoe",
			"How {group} fell in love with {things}",
			"{place} dreams again, thanks to {things}",
			"Are {things} ruining the game? A referee answers",
			"{n} minutes of chaos: {things} in {place}",
			"What {group} must do about {things} before Saturday",
		},
	}, {
		name: "cycling", channel: 4, life: 7 * feed.Day,
		things: []string{
			"climbs|brutal climbs", "sprints|crosswind sprints", "commuters|all-weather commuters",
			"cobbles|wet cobbles", "frames|steel frames", "tandems|tandems", "tours|tours without a finish line",
			"breakaways|doomed breakaways",
		},
		groups: []string{"the {place} wheelers", "a courier from {place}", "a team of {n} from {place}"},
		templates: []string{
			"{group} takes on {things} and the wind",
			"{n} kilometres, {n} punctures: {things} around {place}",
			"The gentle art of {things}",
			"Why {things} bring out the best in {group}",
			"{place} to {place}: {things} all the way",
			"How to train for {things} with an hour a day",
			"Stage report: {things} shake up the race to {place}",
			"A love letter to {things}",
		},
	}, {
		name: "sailing", channel: 4, life: 10 * feed.Day,
		things: []string{
			"dinghies|leaky dinghies", "regattas|midnight regattas", "storms|storm jibs",
			"crossings|solo crossings", "knots|knots", "crews|family crews", "hulls|wooden hulls",
			"tides|spring tides",
		},
		groups: []string{"the {place} yacht cooperative", "a schoolgirl from {place}", "a ferry captain in {place}"},
		templates: []string{
			"{group} trusts {things} over forecasts",
			"{n} days at sea: what {things} do to a friendship",
			"Calm, then everything: {things} off {place}",
			"The comeback of {things} in {place}",
			"{things} for beginners",
			"Photo finish in {place} after {things} split the fleet",
			"{group} builds {things} from driftwood",
			"Why old sailors smile about {things}",
		},
	}}
}
