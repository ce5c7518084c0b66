#include "textflag.h"

// func layerAVX2(in *units, x *float32, n int, z *units)
//
// z holds 16 sums in Y0 to Y3; each column adds x[j] times its 16 weights.
// Products are rounded before they are added, as Go code does on amd64.
TEXT ·layerAVX2(SB), NOSPLIT, $0-32
	MOVQ in+0(FP), SI
	MOVQ x+8(FP), DI
	MOVQ n+16(FP), CX
	MOVQ z+24(FP), DX
	VMOVUPD 0(DX), Y0
	VMOVUPD 32(DX), Y1
	VMOVUPD 64(DX), Y2
	VMOVUPD 96(DX), Y3
	TESTQ CX, CX
	JLE   squash

column:
	VBROADCASTSS (DI), X4
	VCVTPS2PD    X4, Y4
	VMULPD       0(SI), Y4, Y5
	VMULPD       32(SI), Y4, Y6
	VMULPD       64(SI), Y4, Y7
	VMULPD       96(SI), Y4, Y8
	VADDPD       Y5, Y0, Y0
	VADDPD       Y6, Y1, Y1
	VADDPD       Y7, Y2, Y2
	VADDPD       Y8, Y3, Y3
	ADDQ         $4, DI
	ADDQ         $128, SI
	DECQ         CX
	JNZ          column

squash:
	// σ(z) = z/(1+|z|)
	VPCMPEQQ Y9, Y9, Y9
	VPSRLQ   $1, Y9, Y10          // all bits but the sign
	VPSLLQ   $54, Y9, Y9
	VPSRLQ   $2, Y9, Y9           // 1.0
	VANDPD   Y10, Y0, Y5
	VANDPD   Y10, Y1, Y6
	VANDPD   Y10, Y2, Y7
	VANDPD   Y10, Y3, Y8
	VADDPD   Y9, Y5, Y5
	VADDPD   Y9, Y6, Y6
	VADDPD   Y9, Y7, Y7
	VADDPD   Y9, Y8, Y8
	VDIVPD   Y5, Y0, Y0
	VDIVPD   Y6, Y1, Y1
	VDIVPD   Y7, Y2, Y2
	VDIVPD   Y8, Y3, Y3
	VMOVUPD  Y0, 0(DX)
	VMOVUPD  Y1, 32(DX)
	VMOVUPD  Y2, 64(DX)
	VMOVUPD  Y3, 96(DX)
	VZEROUPPER
	RET
