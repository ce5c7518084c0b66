package sim

import "readnext/internal/feed"

func scienceSubjects() []subject {
	return []subject{{
		name: "space", channel: 1,
		things: []string{
			"probes|ageing probes", "moons|icy moons", "telescopes|backyard telescopes",
			"asteroids|wandering asteroids", "boosters|reusable boosters", "auroras|southern auroras",
			"comets|long-tailed comets", "dust|samples of moon dust", "planets|planets without a sun",
		},
		groups: []string{"the {place} observatory", "a student team from {place}", "the {place} star society"},
		templates: []string{
			"Why {things} keep surprising the people who study them",
			"{group} counts {things} and finds {n} more than expected",
			"A clear night in {place}, and {things} overhead",
			"What {things} could tell us about the early solar system",
			"{n} years of watching {things}: what changed",
			"{place} opens its hilltop dome to anyone curious about {things}",
			"The case for sending {n} missions to {things}",
			"Inside the {place} basement that listens to {things}",
			"How {group} lost track of {things}, and found them again",
		},
	}, {
		name: "climate", channel: 1,
		things: []string{
			"glaciers|shrinking glaciers", "storms|autumn storms", "wetlands|restored wetlands",
			"currents|ocean currents", "heat|heatwaves", "forests|mixed forests",
			"reefs|cold-water reefs", "rivers|rivers that run dry", "snow|snowless winters",
		},
		groups: []string{"the {place} weather service", "a harbour town council in {place}", "the {place} institute for soil and sea"},
		templates: []string{
			"{place} prepares for {things} it used to see once a century",
			"What {n} sensors learned about {things}",
			"{group} puts a price on {things}",
			"The farmers of {place} have a plan for {things}",
			"{n} charts that explain {things}",
			"Can {things} be turned around? {group} thinks so",
			"Living with {things}: a letter from {place}",
			"New maps of {things} change where {place} will build",
			"The volunteers who measure {things} before breakfast",
		},
	}, {
		name: "wildlife", channel: 1,
		things: []string{
			"otters|river otters", "bees|solitary bees", "whales|humming whales", "lynxes|shy lynxes",
			"cranes|migrating cranes", "fungi|underground fungi", "bats|city bats",
			"eels|travelling eels", "mosses|thousand-year-old mosses",
		},
		groups: []string{"a ranger in {place}", "the {place} field station", "a retired teacher from {place}"},
		templates: []string{
			"{things} are back in {place} after {n} years",
			"{group} recorded {things} for {n} nights and heard a pattern",
			"What {things} do when nobody is watching",
			"A bridge in {place} was closed for {things}. Nobody minds",
			"The secret economy of {things}",
			"How {things} learned to live beside people",
			"{group} wants you to count {things} this weekend",
			"Seen from a hide in {place}: {things} at dawn",
			"{things} remember more than we thought",
		},
	}}
}

func technologySubjects() []subject {
	return []subject{{
		name: "software", channel: 2, life: 21 * feed.Day,
		things: []string{
			"databases|tiny databases", "passwords|forgotten passwords", "compilers|hobby compilers",
			"maps|offline maps", "bugs|bugs older than their authors", "editors|plain text editors",
			"backups|backups that work", "games|homemade games", "forms|government forms",
		},
		groups: []string{"a two-person firm in {place}", "the {place} public library", "a hospital in {place}"},
		templates: []string{
			"{group} rewrote {things} in {n} weeks, and then slept",
			"In praise of {things}",
			"The strange afterlife of {things}",
			"{n} lessons from running {things} for a town of {n} thousand",
			"{group} gives away {things}, and business is good",
			"What {things} teach us about trust",
			"Why {place} moved its archives to {things}",
			"Nobody understands {things} any more. {group} is trying",
			"A slow afternoon with {things}",
		},
	}, {
		name: "gadgets", channel: 2, life: 14 * feed.Day,
		things: []string{
			"phones|phones you can open with a screwdriver", "watches|watches without screens",
			"cameras|pocket cameras", "headphones|quiet headphones", "readers|paper-like readers",
			"radios|shortwave radios", "lamps|lamps that follow the sun", "keyboards|noisy keyboards",
		},
		groups: []string{"a repair café in {place}", "a workshop in {place}", "the {place} consumer council"},
		templates: []string{
			"We lived with {things} for {n} days",
			"{group} tested {n} {things}, and one stood out",
			"{things} are having a second summer",
			"Cheap, odd and lovely: {things} from {place}",
			"The right to mend: how {group} took {things} apart",
			"Do {things} last {n} years? We asked the people who fix them",
			"{n} {things} worth keeping",
			"Why designers in {place} fell for {things}",
		},
	}, {
		name: "robots", channel: 2, life: 30 * feed.Day,
		things: []string{
			"harvesters|strawberry-picking arms", "drones|delivery drones", "trams|trams without drivers",
			"prosthetics|printed hands", "swarms|swarms of floating sensors", "cleaners|window-cleaning robots",
			"welders|welding robots", "toys|robots for toddlers",
		},
		groups: []string{"a shipyard in {place}", "the {place} technical college", "a dairy farm near {place}"},
		templates: []string{
			"{group} hired {things}, and kept everyone",
			"{things} pass their hardest test in {place}",
			"What goes wrong when {things} meet the rain",
			"The teenagers of {place} who build {things}",
			"{n} {things}, one operator, no accidents: a week in {place}",
			"How {things} learned to say no",
			"{group} shares the plans for {things}",
			"Can {things} be polite?",
			"{place} votes on {things}",
		},
	}}
}
