package sim

import "readnext/internal/feed"

func moneySubjects() []subject {
	return []subject{{
		name: "markets", channel: 5, life: 2 * feed.Day,
		things: []string{
			"bonds|municipal bonds", "tariffs|cheese tariffs", "harvests|record harvests",
			"funds|index funds", "currencies|small currencies", "auctions|fish auctions",
			"shipping|shipping rates", "metals|rare metals",
		},
		groups: []string{"the central bank of {place}", "a pension fund in {place}", "the {place} exchange"},
		templates: []string{
			"{group} changes its mind about {things}",
			"{things} slip {n} per cent as {place} holds its breath",
			"What {things} say about next winter",
			"{things}, explained without a single chart",
			"The morning {things} went quiet in {place}",
			"{group} bets on {things} for {n} years",
			"Winners and losers as {things} climb again",
			"Why {things} matter more than the headlines",
		},
	}, {
		name: "housing", channel: 5, life: 20 * feed.Day,
		things: []string{
			"rents|rents", "cooperatives|building cooperatives", "attics|converted attics",
			"mortgages|mortgages", "villages|emptying villages", "towers|timber towers",
			"heating|shared heating networks", "deposits|lost deposits",
		},
		groups: []string{"a tenants' union in {place}", "the {place} planning office", "a carpenter in {place}"},
		templates: []string{
			"{place} tries something new with {things}",
			"{n} neighbours, one plan: how {group} dealt with {things}",
			"Who is to blame for {things}? Everyone has a theory",
			"{things} in {place}: before and after",
			"A short guide to {things} for people who hate paperwork",
			"{group} publishes {n} ideas for {things}",
			"The town that said yes to {things}",
			"Could {things} solve what {place} could not?",
		},
	}, {
		name: "work", channel: 5, life: 30 * feed.Day,
		things: []string{
			"meetings|shorter meetings", "apprentices|older apprentices", "weeks|four-day weeks",
			"shifts|night shifts", "pensions|pensions", "strikes|polite strikes",
			"workshops|family workshops", "breaks|lunch breaks",
		},
		groups: []string{"a bakery in {place}", "the {place} tram company", "a glass factory in {place}"},
		templates: []string{
			"{group} bets its future on {things}",
			"What {n} people told us about {things}",
			"{things} worked in {place}. Would they work for you?",
			"The case against {things}",
			"How {things} changed {group} in {n} months",
			"Letters: readers on {things}",
			"I was sure {things} would fail. Then I moved to {place}",
			"{n} myths about {things}",
		},
	}}
}

func livingSubjects() []subject {
	return []subject{{
		name: "food", channel: 6,
		things: []string{
			"dumplings|dumplings", "pickles|three-day pickles", "soups|soups for one",
			"breads|burnt-crust breads", "beans|forgotten beans", "cheeses|cave cheeses",
			"pancakes|savoury pancakes", "apples|sour apples", "noodles|cold noodles",
		},
		groups: []string{"a canteen cook in {place}", "a grandmother from {place}", "the {place} night market"},
		templates: []string{
			"{group} shares the trick behind {things}",
			"{things} in {n} minutes, with whatever is left",
			"The only recipe for {things} you will ever need",
			"Eating {things} in {place}",
			"{n} ways with {things}",
			"In defence of {things}",
			"How {things} travelled from {place} to every table",
			"{group} feeds {n} people a day with {things}",
			"You are making {things} wrong, and that is fine",
		},
	}, {
		name: "travel", channel: 6,
		things: []string{
			"sleepers|night trains", "hostels|lighthouse hostels", "walks|coast-to-coast walks",
			"ferries|slow ferries", "gardens|walled gardens", "detours|detours",
			"saunas|floating saunas", "stations|forgotten stations",
		},
		groups: []string{"a postwoman in {place}", "the {place} tourist office", "a family from {place}"},
		templates: []string{
			"{n} hours in {place}: {things}, fog and good coffee",
			"The best {things} near {place}",
			"{group} shows us {things} off the map",
			"Why {things} beat any beach",
			"Packing light for {things}",
			"{place} by way of {things}",
			"{n} {things} to reach without a car",
			"Come for {things}, stay for the people of {place}",
			"Lost and happy among {things} in {place}",
		},
	}, {
		name: "health", channel: 6, life: 40 * feed.Day,
		things: []string{
			"naps|short naps", "stairs|stairs", "knees|stubborn knees", "allergies|spring allergies",
			"swims|cold swims", "screens|late screens", "backs|aching backs", "breathing|breathing exercises",
		},
		groups: []string{"a village doctor in {place}", "the {place} nursing school", "a physiotherapist from {place}"},
		templates: []string{
			"{group} on {things}: start small",
			"What {n} studies agree on about {things}",
			"{things}: what helps, what does not",
			"A month of {things} changed my mornings",
			"Ask {group}: are {things} worth it?",
			"{n} questions about {things}, answered",
			"The truth about {things} after fifty",
			"Why {place} prescribes {things}",
		},
	}}
}
