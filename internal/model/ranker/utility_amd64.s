#include "textflag.h"

// func utilitiesAVX2(w *ways, x *float32, n int, z *ways)
TEXT ·utilitiesAVX2(SB), NOSPLIT, $0-32
	MOVQ w+0(FP), AX
	MOVQ x+8(FP), BX
	MOVQ n+16(FP), CX
	MOVQ z+24(FP), DX
	VXORPD Y0, Y0, Y0

next:
	VBROADCASTSS (BX), X1
	VCVTPS2PD X1, Y1
	VMULPD (AX), Y1, Y1
	VADDPD Y1, Y0, Y0
	ADDQ $4, BX
	ADDQ $32, AX
	DECQ CX
	JNZ next
	VMOVUPD Y0, (DX)
	VZEROUPPER
	RET
