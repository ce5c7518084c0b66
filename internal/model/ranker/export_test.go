package ranker

// Units is one number for each hidden unit.
type Units = units

// Layers are the hidden layer as it is computed and in plain Go.
func Layers() (layerFast, layerPlain func(in []Units, x []float32, z *Units)) { return layer, layerOf }
